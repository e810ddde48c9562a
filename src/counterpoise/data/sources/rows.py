"""From a list of image files with labels to splits: what folders, tables and lists have in common."""

import math
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

import torch
from torch import Tensor

from counterpoise.counts import count_classes
from counterpoise.data.data import MULTI_LABEL, Split
from counterpoise.data.pictures import size_of, squared
from counterpoise.data.samples import ImageFiles, Placing
from counterpoise.data.sources.found import SPLITS, Found
from counterpoise.data.sources.stratified import three_way
from counterpoise.errors import InputError

SIZES = (32, 64, 128, 224)
LARGEST_KEPT = 64
LOOKED_AT = 1000


class Row(NamedTuple):
    """One labeled image file; ``split`` and ``attribute`` are empty where the source does not say.

    Where an image has any number of labels, they are apart from its row and ``label`` is empty.
    """

    split: str
    path: str
    name: str
    label: str = ""
    attribute: str = ""


def found(
    name: str,
    rows: Sequence[Row],
    class_names: tuple[str, ...],
    *,
    image_size: int | None,
    split_seed: int,
) -> Found:
    """Splits of image files, read at ``image_size`` or, if None, at the size that `choose_size` finds.

    Rows without a split are shared out by `three_way`.

    Raises:
        InputError: for fewer than two classes, a class without a training image, or a sample of a class that
            train does not have.
    """
    _require_known(rows, class_names)
    label = {name: i for i, name in enumerate(class_names)}
    targets = torch.tensor([label[row.label] for row in rows], dtype=torch.int64)
    return arranged(name, rows, targets, class_names, image_size=image_size, split_seed=split_seed)


def arranged(
    name: str,
    rows: Sequence[Row],
    targets: Tensor,
    class_names: tuple[str, ...],
    *,
    image_size: int | None,
    split_seed: int,
) -> Found:
    """As `found`, with the targets of the rows: (N,) int64, or (N, C) bool where a row has any number of labels.

    Raises:
        InputError: for fewer than two classes, or a class without a training image.
    """
    _require_several(class_names)
    positions = (
        by_split([row.split for row in rows]) if rows[0].split else three_way(targets, seed=split_seed)
    )
    train = positions.get("train", torch.empty(0, dtype=torch.int64))
    _require_trained(targets[train], class_names)
    size = image_size or choose_size([rows[i].path for i in train.tolist()])
    splits = {
        split: split_of([rows[i] for i in part.tolist()], targets[part], size)
        for split, part in positions.items()
    }
    return Found(name, class_names, splits, task="classification" if targets.ndim == 1 else MULTI_LABEL)


def split_of(rows: Sequence[Row], targets: Tensor, size: int, placed: Placing = squared) -> Split:
    """The image files of some rows, read at a size, with their targets."""
    files = ImageFiles([row.path for row in rows], size, placed)
    attributes = tuple(row.attribute for row in rows)
    return Split(files, targets, tuple(row.name for row in rows), attributes if all(attributes) else None)


def require_files(rows: Sequence[Row]) -> None:
    """Refuse rows whose file is not there.

    Raises:
        InputError: names the first of them and says how many there are.
    """
    missing = [row for row in rows if not Path(row.path).is_file()]
    if missing:
        raise InputError(
            f"cannot find the image {missing[0].path} ({len(missing)} of {len(rows)} listed files are "
            "missing); check the paths, or name their folder with --root"
        )


def choose_size(paths: Sequence[str]) -> int:
    """A height and width in pixels that suits the images.

    Images that all have the same shorter side of at most 64 pixels keep it. Else the one of 32, 64, 128 and
    224 that is nearest, as a ratio, to the median shorter side. At most 1000 files, evenly spread, are
    looked at; the rule is ours.
    """
    spread = (
        [paths[i * len(paths) // LOOKED_AT] for i in range(LOOKED_AT)] if len(paths) > LOOKED_AT else paths
    )
    sides = [min(size) for path in spread if (size := size_of(path))]
    if not sides:
        return SIZES[0]
    if max(sides) == min(sides) <= LARGEST_KEPT:
        return sides[0]
    middle = median(sides)
    return min(SIZES, key=lambda size: abs(math.log(size / middle)))


def by_split(splits: Sequence[str]) -> dict[str, Tensor]:
    """The positions of each split that has samples, from the split of each sample."""
    positions = {split: [i for i, one in enumerate(splits) if one == split] for split in SPLITS}
    return {split: torch.tensor(part) for split, part in positions.items() if part}


def _require_several(class_names: tuple[str, ...]) -> None:
    if len(class_names) < 2:
        raise InputError(
            f"expected images of at least 2 classes, but found only {', '.join(class_names) or 'none'}"
        )


def _require_known(rows: Sequence[Row], class_names: tuple[str, ...]) -> None:
    _require_several(class_names)
    known = set(class_names)
    for row in rows:
        if row.label not in known:
            raise InputError(
                f"expected only classes that train has, but {row.split} has class {row.label!r} "
                f"({row.name}); rename it, remove it or add training images of it"
            )


def _require_trained(targets: Tensor, class_names: tuple[str, ...]) -> None:
    counts = count_classes(targets, len(class_names)).tolist()
    empty = [name for name, count in zip(class_names, counts, strict=True) if not count]
    if empty:
        raise InputError(
            f"expected training images of every class, but class {empty[0]!r} has none "
            f"({len(empty)} such classes); add images of it or remove the class"
        )
