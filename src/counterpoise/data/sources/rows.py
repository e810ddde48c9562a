"""From a list of image files with labels to splits: what folders, tables and lists have in common."""

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

import torch

from counterpoise.data.data import Split
from counterpoise.data.pictures import size_of
from counterpoise.data.samples import ImageFiles
from counterpoise.data.sources.found import SPLITS, Found
from counterpoise.data.sources.stratified import three_way
from counterpoise.errors import InputError

SIZES = (32, 64, 128, 224)
LARGEST_KEPT = 64
LOOKED_AT = 1000


class Row(NamedTuple):
    """One labeled image file; ``split`` is empty where the source does not say."""

    split: str
    path: str
    name: str
    label: str


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
    rows = rows if rows[0].split else _shared_out(rows, class_names, split_seed)
    _require_trained(rows, class_names)
    size = image_size or choose_size([row.path for row in rows if row.split == "train"])
    by_split = {split: [row for row in rows if row.split == split] for split in SPLITS}
    splits = {split: _split(part, class_names, size) for split, part in by_split.items() if part}
    return Found(name, class_names, splits)


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


def _split(rows: Sequence[Row], class_names: tuple[str, ...], size: int) -> Split:
    label = {name: i for i, name in enumerate(class_names)}
    targets = torch.tensor([label[row.label] for row in rows], dtype=torch.int64)
    return Split(ImageFiles([row.path for row in rows], size), targets, tuple(row.name for row in rows))


def _shared_out(rows: Sequence[Row], class_names: tuple[str, ...], seed: int) -> list[Row]:
    label = {name: i for i, name in enumerate(class_names)}
    parts = three_way(torch.tensor([label[row.label] for row in rows]), seed=seed)
    return [rows[i]._replace(split=split) for split, part in parts.items() for i in part.tolist()]


def _require_known(rows: Sequence[Row], class_names: tuple[str, ...]) -> None:
    if len(class_names) < 2:
        raise InputError(
            f"expected images of at least 2 classes, but found only {', '.join(class_names) or 'none'}"
        )
    known = set(class_names)
    for row in rows:
        if row.label not in known:
            raise InputError(
                f"expected only classes that train has, but {row.split} has class {row.label!r} "
                f"({row.name}); rename it, remove it or add training images of it"
            )


def _require_trained(rows: Sequence[Row], class_names: tuple[str, ...]) -> None:
    counts = Counter(row.label for row in rows if row.split == "train")
    empty = [name for name in class_names if not counts[name]]
    if empty:
        raise InputError(
            f"expected training images of every class, but class {empty[0]!r} has none "
            f"({len(empty)} such classes); add images of it or remove the class"
        )
