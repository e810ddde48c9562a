"""Embeddings: rows of numbers that a frozen model has made, with the class of each."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from counterpoise.counts import count_classes
from counterpoise.data.data import Data, Facts, Split
from counterpoise.data.numbered import names_at
from counterpoise.data.rows.mapped_rows import MappedRows, together
from counterpoise.data.sources.embedding_files import NO_SPLIT, Part, embedding_parts
from counterpoise.data.sources.found import Found, Statistics
from counterpoise.data.sources.stratified import three_way
from counterpoise.errors import InputError

LOOKED_AT = 16_384


def embeddings(path: Path, *, split_seed: int = 0) -> Found:
    """Embeddings in a folder that ``counterpoise embed`` has written, or in arrays that people have already.

    Arrays are called features, embeddings or X, float (N, D); labels or y, (N,) whole numbers or texts; and split, (N,)
    texts. They lie in one .npz, .safetensors or .parquet file, or in a folder: there in train.npz, val.npz and test.npz
    (or with those endings), in train_features.npy, train_labels.npy and so on, or in features.npy, labels.npy and
    split.npy. Features in .npy files stay on the disk. A label is a class name; the classes are in sorted order,
    numbers by value. Without splits, 70, 10 and 20 percent of each class are drawn for train, val and test with
    ``split_seed``.

    Raises:
        InputError: see `embedding_parts`; labels or the split train are missing, there are fewer than two classes, or
            a sample is of a class that train does not have.
    """
    parts = embedding_parts(path)
    for split, part in parts.items():
        _require_labels(part, split, path)
    if NO_SPLIT in parts:
        whole = parts[NO_SPLIT]
        parts = {
            split: whole.subset(index) for split, index in three_way(_labels(whole), seed=split_seed).items()
        }
    if "train" not in parts:
        raise InputError(
            f"expected embeddings of the split train in {path}, but found only {', '.join(parts)}"
        )
    class_names = _trained_classes(parts["train"], path)
    splits = {
        split: Split(part.samples, known(part, class_names, path), part.names)
        for split, part in parts.items()
    }
    return Found(path.stem, class_names, splits)


def labeled_embeddings(path: Path, trained: Facts) -> Data:
    """Embeddings with labels, under the facts of those that a net was trained on; all are test where nothing says.

    Raises:
        InputError: see `embedding_parts`; labels are missing, the width is another one, or a class was not trained.
    """
    parts = embedding_parts(path)
    for split, part in parts.items():
        _require_labels(part, split, path)
        _require_width(part, trained.shape, path)
    splits = {
        split or "test": Split(part.samples, known(part, trained.class_names, path), part.names)
        for split, part in parts.items()
    }
    return Data(trained, splits)


def unlabeled_embeddings(paths: Sequence[Path], shape: tuple[int, ...]) -> Split:
    """Embeddings of all paths and splits, one after the other; labels are not read, all targets are 0.

    Raises:
        InputError: see `embedding_parts`, or the width is another one than in training.
    """
    parts = []
    for path in paths:
        for part in embedding_parts(path).values():
            _require_width(part, shape, path)
            parts.append(part)
    samples = together([part.samples for part in parts])
    names = tuple(name for part in parts for name in part.names)
    return Split(samples, torch.zeros(len(samples), dtype=torch.int64), names)


def measured(samples: MappedRows) -> Statistics:
    """Mean and standard deviation of each feature of training, 1 where it does not vary, as rows of a table have them.

    Of at most 16,384 rows that are evenly spread over the files (ours).
    """
    stored = samples.stored()
    some = stored[torch.linspace(0, len(stored) - 1, min(len(stored), LOOKED_AT)).round().long()]
    rows = samples.read(some).double()
    std = rows.std(dim=0, correction=0)
    return Statistics(tuple(rows.mean(dim=0).tolist()), tuple(torch.where(std > 0, std, 1).tolist()))


def known(part: Part, class_names: tuple[str, ...], path: Path) -> Tensor:
    """The classes of a part as positions among these names; (N,) int64.

    Raises:
        InputError: a class is not among them.
    """
    place: Mapping[str, int] = {name: number for number, name in enumerate(class_names)}
    codes, labels = torch.tensor([place.get(name, -1) for name in part.classes]), _labels(part)
    targets = codes[labels]
    if (targets < 0).any():
        position = int((targets < 0).nonzero()[0])
        (name,) = names_at(part.names, torch.tensor([position]))
        raise InputError(
            f"expected only classes that train has, but {name} in {path} is of class "
            f"{part.classes[int(labels[position])]!r}; remove it, or train with it"
        )
    return targets


def _trained_classes(train: Part, path: Path) -> tuple[str, ...]:
    counts = count_classes(_labels(train), len(train.classes)).tolist()
    seen = tuple(name for name, count in zip(train.classes, counts, strict=True) if count)
    if len(seen) < 2:
        raise InputError(
            f"expected embeddings of at least 2 classes in {path}, but train has only {', '.join(seen)}"
        )
    return seen


def _labels(part: Part) -> Tensor:
    assert part.labels is not None
    return part.labels


def _require_labels(part: Part, split: str, path: Path) -> None:
    if part.labels is None:
        raise InputError(
            f"expected labels (N,) beside the features of {split or 'all rows'} in {path}, but there are none; save "
            "them under the name labels or y"
        )


def _require_width(part: Part, shape: tuple[int, ...], path: Path) -> None:
    if part.samples.shape != shape:
        raise InputError(
            f"expected embeddings of {shape[0]} features, as in training, but {path} has "
            f"{part.samples.shape[0]}; embed with the same model"
        )
