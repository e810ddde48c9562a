"""Pictures in which things were marked by points: a JSON file beside a table, or the folders of ShanghaiTech."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from scipy.io import loadmat
from torch import Tensor

from counterpoise.data.pictures import is_picture, upright_size
from counterpoise.data.sources import rows
from counterpoise.data.sources.rows import Row
from counterpoise.data.sources.table import frame_of, image_rows
from counterpoise.errors import InputError

PARTS = {"train_data": "train", "test_data": "test"}
GROUND_TRUTH = ("ground_truth", "ground-truth")
LAYOUT = "DIR/train_data/images/IMG_1.jpg with DIR/train_data/ground_truth/GT_IMG_1.mat (test_data likewise)"
POINT_LISTS = '{"image path": [[x, y], ...]} or {"image path": {"points": [[x, y], ...]}}'
SLACK = 1.0
"""Annotations name pixels by their centres or count them from 1, so a point may lie up to a pixel beyond the edge."""


class Marked(NamedTuple):
    """Pictures and what was marked in them.

    Attributes:
        rows: one for each picture, without a label; an empty split where the source does not say.
        points: of each picture, x (to the right) and y (down) in pixels of the upright picture; (n, 2) float32.
    """

    rows: list[Row]
    points: list[Tensor]


def point_lists(path: Path, table: Path, *, root: Path | None = None) -> Marked:
    """The pictures of a table with the column ``path`` and, if wanted, ``split``; their points from a JSON file.

    Args:
        path: a JSON object with an entry for each picture, by its path as in the table: either a list of pairs x, y,
            or an object with such a list as ``points``. Entries of pictures that the table does not name are not read.
        table: .csv or .tsv.
        root: folder of the pictures; None takes that of the table.

    Raises:
        InputError: a file is missing or malformed, a picture of the table has no entry, or a point lies outside its
            picture; see `SLACK`.
    """
    frame = frame_of(table)
    if "path" not in frame:
        raise InputError(
            f"expected the column path, which names images, in {table}, but it is missing; add it"
        )
    listed = image_rows(frame, root or table.parent)
    rows.require_files(listed)
    entries = _entries(path)
    missing = [row.name for row in listed if row.name not in entries]
    if missing:
        raise InputError(
            f"expected the points of every image of {table} in {path}, but {missing[0]} is missing ({len(missing)} of "
            f"{len(listed)} are); add it, with [] where nothing was marked"
        )
    return Marked(listed, [_listed(entries[row.name], path, row) for row in listed])


def _entries(path: Path) -> dict[str, Any]:
    try:
        entries = json.loads(path.read_text(encoding="utf-8"), parse_int=float)
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"cannot read the points {path}: {' '.join(str(error).split())}") from error
    if not isinstance(entries, dict):
        raise InputError(f"expected {POINT_LISTS} in {path}, but it holds no such object; rewrite it")
    return entries


def _listed(entry: Any, path: Path, row: Row) -> Tensor:
    pairs = entry.get("points") if isinstance(entry, dict) else entry
    if not isinstance(pairs, list):
        raise InputError(f"expected {POINT_LISTS} in {path}, but {row.name} has no list; correct it")
    for pair in pairs:
        if not (isinstance(pair, list) and len(pair) == 2 and all(type(number) is float for number in pair)):
            raise InputError(
                f"expected points as pairs of numbers [x, y] in {path}, but {row.name} has {json.dumps(pair)}; "
                "correct it"
            )
    return _inside(torch.tensor(pairs, dtype=torch.float64).reshape(-1, 2), path, row)


def is_shanghai_tech(folder: Path) -> bool:
    """Whether a folder looks like one part of ShanghaiTech."""
    return any((folder / part / "images").is_dir() for part in PARTS)


def shanghai_tech(folder: Path) -> Marked:
    """The pictures and heads of one part of ShanghaiTech (Zhang et al., CVPR 2016), as it is handed out.

    ``train_data`` and ``test_data``, or one of them, hold ``images`` and ``ground_truth`` (or ``ground-truth``). The
    points of ``images/IMG_1.jpg`` are the field ``location`` of ``image_info`` in ``ground_truth/GT_IMG_1.mat``.

    Raises:
        InputError: there are no pictures, one has no file of points or a malformed one, or a point lies outside its
            picture; see `SLACK`.
    """
    listed = [row for part, split in PARTS.items() for row in _pictures(folder, part, split)]
    if not listed:
        raise InputError(f"found no images in {folder}; expected {LAYOUT}")
    return Marked(listed, [_of_matlab(_ground_truth(row), row) for row in listed])


def _pictures(folder: Path, part: str, split: str) -> Iterator[Row]:
    for path in sorted((folder / part / "images").glob("*")):
        if is_picture(path.name):
            yield Row(split, str(path), path.relative_to(folder).as_posix())


def _ground_truth(row: Row) -> Path:
    picture = Path(row.path)
    paths = [picture.parents[1] / folder / f"GT_{picture.stem}.mat" for folder in GROUND_TRUTH]
    found = next((path for path in paths if path.is_file()), None)
    if not found:
        raise InputError(f"cannot find the points of {row.name}, {paths[0]}; expected {LAYOUT}")
    return found


def _of_matlab(path: Path, row: Row) -> Tensor:
    try:
        pairs = _first_field(path)
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"cannot read the points of {row.name} from {path}: {reason}; expected image_info with n pairs x, y as "
            "its first field, as ShanghaiTech has it"
        ) from error
    return _inside(pairs, path, row)


def _first_field(path: Path) -> Tensor:
    """The pairs x, y; (n, 2) float64. A file that is not of this kind raises whatever its reader does."""
    numbers = loadmat(str(path))["image_info"][0, 0][0, 0][0].astype(np.float64, casting="same_kind")
    if numbers.size and numbers.shape != (len(numbers), 2):
        raise ValueError(f"the shape is {numbers.shape}")
    return torch.from_numpy(numbers.reshape(-1, 2))


def _inside(pairs: Tensor, path: Path, row: Row) -> Tensor:
    """Points of which those up to a pixel beyond the edge are moved onto it; (n, 2) -> (n, 2) float32."""
    size = torch.tensor(upright_size(row.path), dtype=torch.float64)
    outside = ~((pairs >= -SLACK) & (pairs <= size + SLACK)).all(dim=1)
    if outside.any():
        (width, height), (x, y) = size.long().tolist(), pairs[outside][0].tolist()
        raise InputError(
            f"expected points inside the {width} x {height} pixels of {row.name}, but {path} has x {x:g}, y {y:g} "
            f"({int(outside.sum())} of {len(pairs)} are outside); correct or remove it"
        )
    return pairs.clamp(min=torch.zeros(2, dtype=torch.float64), max=size).float()
