"""Labeled images in the classes of data that a net was trained on: for evaluating it on other data."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor

from counterpoise.data.data import MULTI_LABEL, Data, Facts, Split
from counterpoise.data.sources import rows
from counterpoise.data.sources.coco import labeled_scenes
from counterpoise.data.sources.embeddings import labeled_embeddings
from counterpoise.data.sources.folder import folder_rows
from counterpoise.data.sources.labeled_grids import labeled_grids
from counterpoise.data.sources.lists import list_rows
from counterpoise.data.sources.load import WORDS, load
from counterpoise.data.sources.multi_label import LAYOUT, targets_of
from counterpoise.data.sources.rows import Row
from counterpoise.data.sources.source import Source
from counterpoise.data.sources.table import frame_of, image_rows, table_marks, table_rows
from counterpoise.data.sources.values import row_split, standard_rows, values_of
from counterpoise.errors import InputError


def labeled(
    path: str, trained: Facts, *, root: str | None = None, points: str | None = None, unit: float = 1.0
) -> Data:
    """Images with labels, under the facts of the data that a net was trained on.

    Args:
        path: a folder with the splits train, val or test, or of class folders (all of it is then the split
            test); a table; embeddings; a list file of ImageNet-LT's form; annotations of things, see `coco`; or a
            word such as digits. Not all of the trained classes need to be there.
        trained: facts of the training data: classes, image size and normalisation.
        root: folder of the images that a table or list names.
        points: where the net counts, see `Source`.
        unit: where it predicts maps, see `Source`.

    Raises:
        InputError: nothing is there, or a class is not among the trained ones.
    """
    if path in WORDS:
        return _same_classes(load(Source(path, image_size=trained.shape[-1], root=root)), trained)
    if trained.objects:
        return labeled_scenes(Path(path).expanduser(), trained, root=Path(root) if root else None)
    if trained.grid:
        folder = Path(root) if root else None
        return labeled_grids(Path(path).expanduser(), trained, points=points, unit=unit, root=folder)
    if trained.kind == "embedding":
        return labeled_embeddings(Path(path).expanduser(), trained)
    if trained.kind == "table":
        return Data(trained, _row_splits(Path(path).expanduser(), trained))
    read = (
        _with_values
        if trained.target
        else _with_several_labels
        if trained.task == MULTI_LABEL
        else _with_one_label
    )
    listed, targets = read(Path(path).expanduser(), Path(root) if root else None, trained)
    rows.require_files(listed)
    _require_colour(trained)
    positions = _positions([row.split for row in listed])
    size = trained.shape[-1]
    return Data(
        trained,
        {n: rows.split_of([listed[i] for i in part], targets[part], size) for n, part in positions.items()},
    )


def _positions(splits: Sequence[str]) -> dict[str, list[int]]:
    """Where each split lies; samples without one are the split test."""
    named = [split or "test" for split in splits]
    return {name: [i for i, split in enumerate(named) if split == name] for name in sorted(set(named))}


def _row_splits(path: Path, trained: Facts) -> dict[str, Split]:
    frame = _value_frame(path)
    values = _values(frame, trained, path)
    whole = row_split(path, standard_rows(frame, trained, path), values)
    splits = frame["split"].tolist() if "split" in frame else [""] * len(frame)
    return {name: whole.subset(torch.tensor(part)) for name, part in _positions(splits).items()}


def _with_values(path: Path, root: Path | None, trained: Facts) -> tuple[Sequence[Row], Tensor]:
    frame = _value_frame(path)
    if "path" not in frame:
        raise InputError(
            f"expected the column path, which names images, in {path}, but it is missing; add it"
        )
    return image_rows(frame, root or path.parent), _values(frame, trained, path)


def _values(frame: pd.DataFrame, trained: Facts, path: Path) -> Tensor:
    values = values_of(frame, _target_name(trained), path)
    outputs = trained.target.outputs if trained.target else None
    return outputs.standardized(values) if outputs else values


def _value_frame(path: Path) -> pd.DataFrame:
    if not path.is_file() or path.suffix.lower() not in (".csv", ".tsv"):
        raise InputError(f"continuous targets come from a .csv or .tsv table, but {path} is none; name one")
    return frame_of(path)


def _target_name(trained: Facts) -> str:
    return trained.target.name if trained.target else "label"


def _with_one_label(path: Path, root: Path | None, trained: Facts) -> tuple[Sequence[Row], Tensor]:
    listed, label = _rows(path, root, trained), {name: i for i, name in enumerate(trained.class_names)}
    unknown = next((row for row in listed if row.label not in label), None)
    if unknown:
        raise InputError(
            f"expected only classes that the run was trained on, but {unknown.name} is of class "
            f"{unknown.label!r}; remove it, or train with it"
        )
    return listed, torch.tensor([label[row.label] for row in listed])


def _with_several_labels(path: Path, root: Path | None, trained: Facts) -> tuple[Sequence[Row], Tensor]:
    if path.suffix.lower() not in (".csv", ".tsv"):
        raise InputError(f"images with several labels come from a table, {LAYOUT}, but {path} is none")
    listed, found = table_marks(path, root or path.parent)
    unknown = [name for name in found if name not in trained.class_names]
    if unknown:
        raise InputError(
            f"expected only classes that the run was trained on, but {path} has {unknown[0]!r}; remove it, or train "
            "with it"
        )
    return listed, targets_of(found.reindex(columns=list(trained.class_names), fill_value=False))


def _require_colour(trained: Facts) -> None:
    if trained.shape[0] != 3:
        raise InputError(f"{trained.name} has grey images, but image files are read as RGB; use its own data")


def _rows(path: Path, root: Path | None, trained: Facts) -> Sequence[Row]:
    if path.is_dir():
        return folder_rows(path)
    if path.is_file() and path.suffix == ".txt":
        return [_named(row, trained) for row in list_rows(path, root or path.parent)]
    if path.is_file() and path.suffix.lower() in (".csv", ".tsv"):
        return table_rows(path, root or path.parent)
    raise InputError(
        f"expected a folder, a table, a list or one of {', '.join(WORDS)}, but there is no {path}"
    )


def _named(row: Row, trained: Facts) -> Row:
    if int(row.label) >= trained.num_classes:
        raise InputError(f"expected labels below {trained.num_classes}, but {row.name} has {row.label}")
    return row._replace(label=trained.class_names[int(row.label)])


def _same_classes(data: Data, trained: Facts) -> Data:
    if data.facts.class_names != trained.class_names or data.facts.shape != trained.shape:
        raise InputError(
            f"expected the classes and image shape of {trained.name}, but {data.facts.name} has others"
        )
    return Data(trained, data.splits)
