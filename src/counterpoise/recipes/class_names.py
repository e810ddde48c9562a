"""A classifier that starts from what classes are called: one embedding of a text encoder for each name."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from counterpoise.classifiers.grouping import unit
from counterpoise.classifiers.normalized import Normalizing
from counterpoise.data.sources.array_files import READERS, mapped, named_arrays
from counterpoise.errors import InputError
from counterpoise.net import Classifier, Net
from counterpoise.recipes.decorators import modifier
from counterpoise.recipes.pretext import require_one_net
from counterpoise.training.stage import Experiment, Now, Stage

VECTORS, NAMES, ORDER = ("embeddings", "features"), ("names", "class_names"), ("class_id", "class_ids")
"""What the arrays of a file may be called."""

FORMS = "an .npy, .npz, .safetensors, .parquet or .csv file with one row for each class"


@modifier(task="classification")
def class_name_init(experiment: Experiment, *, file: str = "") -> Experiment:
    """Start the classifier from embeddings of the class names, such as those of CLIP's text encoder.

    For long tails on top of foundation models, the subject of LIFT (Shi et al., ICML 2024); the details are ours. The
    classifier must normalise its weights, so that only directions count; each row is scaled to length one, and D must
    be the number of features of the backbone: text and image vectors of one model. What a later stage draws afresh, as
    `crt` does, does not start from it.

    The rows are found by name: the first column of a CSV file, an array ``names`` beside ``embeddings`` (C, D), or in
    a safetensors file one tensor for each name. Without names there must be C rows in the order of the classes; an
    array ``class_id`` gives that order. The run keeps the path and a digest of the rows, and is rebuilt without the
    file.

    Args:
        experiment: trains a classifier that normalises its weights.
        file: .npy, .npz, .safetensors, .parquet or .csv.

    Raises:
        InputError: the file cannot be read, lacks a class, or has vectors of another length; the classifier does not
            normalise its weights; or the experiment trains several nets.
    """
    if not file:
        raise InputError(
            "class_name_init needs a file of class embeddings; name one with --class_name_init.file"
        )
    require_one_net(experiment, "class_name_init")
    if not experiment.data.splits:
        return experiment
    rows = class_rows(Path(file).expanduser(), experiment.data.facts.class_names)
    note = f"{file}: the classifier starts from {len(rows)} class embeddings of digest {digest(rows)}"
    stages = tuple(starting_at(rows, stage) for stage in experiment.stages)
    return replace(experiment, stages=stages, notes=(*experiment.notes, note))


def starting_at(rows: Tensor, stage: Stage) -> Stage:
    """A main stage with the classifier's weights set before it; any other stage as it is."""
    if stage.role != "main":
        return stage

    def prepare(now: Now) -> Net:
        net = stage.prepare(now)
        weight_of(net.classifier, rows).data.copy_(rows)
        return net

    return replace(stage, prepare=prepare)


def weight_of(classifier: Classifier, rows: Tensor) -> Tensor:
    """The weight into which the rows go, (C, D).

    Raises:
        InputError: the classifier does not normalise its weights, or has another number of features.
    """
    weight = getattr(classifier, "weight", None)
    if not (isinstance(classifier, Normalizing) and isinstance(weight, Tensor)):
        raise InputError(
            "class_name_init needs a classifier that normalises its weights, but "
            f"{type(classifier).__name__} does not; take cosine, deconfound or light_fine_tuning"
        )
    if rows.shape[1] != classifier.dim:
        raise InputError(
            f"the class embeddings have {rows.shape[1]} numbers each, but the backbone makes {classifier.dim} "
            "features; take the text and the image encoder of one model"
        )
    return weight


def class_rows(path: Path, classes: Sequence[str]) -> Tensor:
    """The embeddings of these classes, in their order, each of length one; (C, D).

    Raises:
        InputError: see `class_name_init`.
    """
    names, found = read(path)
    if found.ndim != 2 or not found.isfinite().all() or not found.any(dim=1).all():
        raise InputError(
            f"expected class embeddings (C, D) that are finite and not zero in {path}, but got {tuple(found.shape)} "
            "or others; embed the names again"
        )
    return unit(found[places(path, names, len(found), classes)])


def places(path: Path, names: Sequence[str] | None, rows: int, classes: Sequence[str]) -> list[int]:
    """The row of each class."""
    if names is None:
        if rows != len(classes):
            raise InputError(
                f"expected a row for each of {len(classes)} classes in {path}, which has no names, but got {rows}; add "
                "an array names"
            )
        return list(range(rows))
    row = {name: number for number, name in enumerate(names)}
    twice = next((name for number, name in enumerate(names) if row[name] != number), None)
    if twice is not None:
        raise InputError(f"{path} has two rows for {twice!r}; leave one of them out")
    missing = [name for name in classes if name not in row]
    if missing:
        more = f" and {len(missing) - 1} more" if missing[1:] else ""
        raise InputError(f"{path} has no row for the class {missing[0]!r}{more}; embed these names too")
    return [row[name] for name in classes]


def read(path: Path) -> tuple[Sequence[str] | None, Tensor]:
    """Names of rows, None where there are none, and rows (N, D).

    Raises:
        InputError: the file is of another kind, or cannot be read.
    """
    ending = path.suffix.lower()
    if ending == ".csv":
        return read_csv(path)
    if ending == ".npy":
        return None, numbers(path, mapped(path))
    if ending not in READERS:
        raise InputError(f"expected {FORMS}, but got {path}; save it as one of these")
    return from_arrays(path, named_arrays(path))


def read_csv(path: Path) -> tuple[Sequence[str], Tensor]:
    """Names in the first column, numbers in all others; the first line is a header."""
    try:
        table = pd.read_csv(path, index_col=0, dtype={0: str}, keep_default_na=False)
        return list(table.index), torch.tensor(table.to_numpy(dtype=np.float32))
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(
            f"cannot read the class embeddings {path}: {reason}; expected a header, then a name and numbers per line"
        ) from error


def from_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> tuple[Sequence[str] | None, Tensor]:
    """Names and rows of named arrays; without an array of vectors each array is one, under its name."""
    vectors, names, order = (
        next((arrays[name] for name in some if name in arrays), None) for some in (VECTORS, NAMES, ORDER)
    )
    if vectors is None:
        return list(arrays), stacked(path, arrays)
    rows = numbers(path, vectors)
    for beside in (names, order):
        if beside is not None and tuple(beside.shape) != tuple(rows.shape[:1]):
            raise InputError(
                f"expected a name or number for each of {len(rows)} rows in {path}, but got "
                f"{tuple(beside.shape)}; save as many as rows"
            )
    if names is not None:
        return [str(name) for name in names], rows
    return None, rows if order is None else rows[np.argsort(np.asarray(order))]


def stacked(path: Path, arrays: Mapping[str, np.ndarray]) -> Tensor:
    """Vectors of one length as rows."""
    rows = [numbers(path, array) for array in arrays.values()]
    if not rows or {row.shape for row in rows} != {(rows[0].numel(),)}:
        raise InputError(
            f"expected an array embeddings (C, D), or one vector for each class name, in {path}, but found "
            f"{', '.join(list(arrays)[:3]) or 'nothing'}; save it as one of these"
        )
    return torch.stack(rows)


def numbers(path: Path, array: np.ndarray) -> Tensor:
    """An array as float32.

    Raises:
        InputError: it holds something else than numbers.
    """
    if array.dtype.kind not in "fiu":
        raise InputError(
            f"expected class embeddings as numbers in {path}, but got {array.dtype}; save float32"
        )
    return torch.tensor(array.astype(np.float32))


def digest(rows: Tensor) -> str:
    """Twelve characters that stand for the numbers."""
    return sha256(rows.numpy().tobytes()).hexdigest()[:12]
