"""NYUD2-DIR: rooms with the depth of every pixel, as the benchmark of deep imbalanced regression hands them out."""

import csv
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from counterpoise.data.maps import read_map
from counterpoise.data.sources import rows
from counterpoise.data.sources.rows import Row
from counterpoise.errors import InputError

LISTS = {"train": "nyu2_train.csv", "test": "nyu2_test.csv"}
MASK = "test_balanced_mask.npy"
UNITS = {"train": 10 / 255, "test": 1 / 1000}
"""Metres of one step: training depths are stored in 8 bits up to 10 m, test depths in millimetres."""


class Depths(NamedTuple):
    """Pictures and the files of their depth.

    Attributes:
        rows: one for each picture, without a label; the splits are train and test.
        maps: path of the depth map of each picture, for `read_map`.
        units: of each split, metres of one step of the stored numbers.
        mask: of the pixels of the test pictures, those that are measured, as many of every depth; what is outside is
            unknown. (N, H, W) bool, N the number of test pictures; None where the file is not there. H and W are those
            at which the benchmark compares, not those of the stored maps.
    """

    rows: list[Row]
    maps: list[str]
    units: dict[str, float]
    mask: Tensor | None


def nyud2(folder: Path) -> Depths:
    """NYUD2-DIR (Yang et al., ICML 2021) from the folder that holds its lists, or from the one above ``data``.

    ``nyu2_train.csv`` and ``nyu2_test.csv`` have no header and lines such as
    ``data/nyu2_train/scene/1.jpg,data/nyu2_train/scene/1.png``. Their paths start either at the folder of the lists or
    at the one above it; the first line decides.

    Raises:
        InputError: a list is missing or has a line without two paths, a file that it names is missing, or the mask is
            no mask of the test pictures.
    """
    home = next((place for place in (folder, folder / "data") if (place / LISTS["train"]).is_file()), None)
    if not home:
        raise InputError(
            f"cannot find {LISTS['train']} in {folder} or its folder data; name the folder of NYUD2-DIR"
        )
    pairs = [(split, *pair) for split, name in LISTS.items() for pair in _pairs(home / name)]
    root = _root(home, pairs[0][1])
    listed = [Row(split, str(root / name), name) for split, name, _ in pairs]
    maps = [str(root / name) for _, _, name in pairs]
    rows.require_files(listed)
    _require_maps(maps, listed)
    return Depths(listed, maps, dict(UNITS), _mask(home / MASK, sum(row.split == "test" for row in listed)))


def is_nyud2(folder: Path) -> bool:
    """Whether a folder holds the lists of NYUD2-DIR, or its folder ``data`` does."""
    return any((place / LISTS["train"]).is_file() for place in (folder, folder / "data"))


def depth_of(found: Depths, number: int) -> Tensor:
    """The depth of a picture in metres, nan where it is unknown or outside the mask; -> (H, W) float32.

    A test picture with a mask has the size of the mask, by the nearest stored pixel.
    """
    row = found.rows[number]
    depths = read_map(found.maps[number], unit=found.units[row.split])
    if found.mask is None or row.split != "test":
        return depths
    mask = found.mask[number - len(found.rows)]
    nearest = F.interpolate(depths[None, None], mask.shape, mode="nearest-exact")[0, 0]
    return nearest.masked_fill(~mask, math.nan)


def _pairs(path: Path) -> list[tuple[str, str]]:
    """Picture and map of each line."""
    try:
        lines = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(f"cannot read the list {path}: {' '.join(str(error).split())}") from error
    pairs = [[field.strip() for field in line] for line in lines]
    for number, fields in enumerate(pairs, start=1):
        if fields and (len(fields) != 2 or not all(fields)):
            raise InputError(
                f"expected 'picture,map', two paths, in line {number} of {path}, but got {','.join(fields)!r}"
            )
    if not any(pairs):
        raise InputError(f"found no pictures in the list {path}; it is empty")
    return [(fields[0], fields[1]) for fields in pairs if fields]


def _root(home: Path, name: str) -> Path:
    """The folder at which the paths of the lists start."""
    for root in (home, home.resolve().parent):
        if (root / name).is_file():
            return root
    raise InputError(
        f"cannot find the picture {name}, the first in {home / LISTS['train']}, from {home} or the folder above it; "
        "unpack the pictures there"
    )


def _require_maps(maps: list[str], listed: list[Row]) -> None:
    missing = [(path, row.name) for path, row in zip(maps, listed, strict=True) if not Path(path).is_file()]
    if missing:
        path, name = missing[0]
        raise InputError(
            f"cannot find the map {path} of {name} ({len(missing)} of {len(maps)} are missing); check the lists"
        )


def _mask(path: Path, count: int) -> Tensor | None:
    if not path.is_file():
        return None
    try:
        found = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"cannot read the mask {path}: {' '.join(str(error).split())}") from error
    if not (isinstance(found, np.ndarray) and found.ndim == 3 and len(found) == count and _is_binary(found)):
        what = f"{found.dtype} {found.shape}" if isinstance(found, np.ndarray) else "several arrays"
        raise InputError(
            f"expected a mask of the {count} test pictures, bool ({count}, H, W), in {path}, but it holds {what}; "
            "correct or remove it"
        )
    return torch.from_numpy(found.astype(bool))


def _is_binary(found: np.ndarray) -> bool:
    return found.dtype.kind in "biuf" and bool(((found == 0) | (found == 1)).all())
