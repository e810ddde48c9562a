"""Images whose target is a map in a file of its own: depths, or another measurement of every pixel."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor

from counterpoise.data.grid import padded
from counterpoise.data.maps import is_map, read_map, resized_map, squared_map
from counterpoise.data.sources import rows
from counterpoise.data.sources.found import Found
from counterpoise.data.sources.gridded import mapped
from counterpoise.data.sources.rows import Row
from counterpoise.data.sources.table import frame_of, image_rows
from counterpoise.data.target import Bins
from counterpoise.errors import InputError

PLACE = 4
THREADS = 8


def names_maps(frame: pd.DataFrame, target: str) -> bool:
    """Whether a column of a table names files of maps, by the first of them."""
    return "path" in frame and target in frame and is_map(frame[target].iloc[0])


def map_table(
    path: Path,
    target: str,
    *,
    unit: float = 1.0,
    stride: int | None = None,
    bins: Bins = "auto",
    num_bins: int | None = None,
    root: Path | None = None,
    image_size: int | None = None,
    split_seed: int = 0,
) -> Found:
    """Images of a table with the columns ``path``, ``target`` and, if wanted, ``split``; the target names map files.

    Args:
        path: of the table.
        target: name of the column, whose files lie in the same folder as the images do; see `read_map`.
        unit: see `read_map`.
        stride: see `places`.
        bins: see `mapped`.
        num_bins: see `mapped`.
        root: folder of images and maps; None takes that of the table.
        image_size: see `places`.
        split_seed: see `mapped`.

    Raises:
        InputError: a file is missing or malformed, and what `mapped` refuses.
    """
    listed, files = map_rows(path, target, root)
    maps, stride = places(listed, lambda i: read_map(files[i], unit=unit), stride, image_size)
    options = {"bins": bins, "num_bins": num_bins, "split_seed": split_seed}
    return mapped(path.stem, listed, maps, target, stride=stride, **options)


def places(
    listed: Sequence[Row], read: Callable[[int], Tensor], stride: int | None, image_size: int | None
) -> tuple[Tensor, int]:
    """The maps of images as in `squares`, and the stride; both have defaults.

    Args:
        listed: the images.
        read: gives the map of an image by its number, (H, W).
        stride: see `squares`; None is 4 (ours; the paper's net has 2).
        image_size: the size of `squares`; None chooses it by the images.
    """
    stride = stride or PLACE
    size = image_size or padded(rows.choose_size([row.path for row in listed]), stride)
    return squares(read, len(listed), size, stride), stride


def map_rows(path: Path, target: str, root: Path | None) -> tuple[list[Row], list[Path]]:
    """The images of a table, and the map file of each.

    Raises:
        InputError: the table cannot be read or lacks a column, or a file is missing.
    """
    frame, folder = frame_of(path), root or path.parent
    if not names_maps(frame, target):
        raise InputError(
            f"expected the columns path and {target!r}, which names map files, in {path}; it has "
            f"{', '.join(map(repr, frame.columns))}"
        )
    listed, files = image_rows(frame, folder), [folder / name for name in frame[target]]
    rows.require_files(listed)
    missing = [file for file in files if not file.is_file()]
    if missing:
        raise InputError(
            f"cannot find the map {missing[0]} ({len(missing)} of {len(files)} are missing); correct the column "
            f"{target!r}"
        )
    return listed, files


def squares(read: Callable[[int], Tensor], count: int, size: int, stride: int) -> Tensor:
    """Maps on the grid of places of the centre squares of their images; -> (N, size / stride, size / stride).

    Args:
        read: gives the map of an image by its number, (H, W).
        count: how many images there are, N.
        size: height and width in pixels of what the net receives, a multiple of the stride.
        stride: pixels along the side of a place.

    Raises:
        InputError: the size is no multiple of the stride, or a map cannot be read.
    """
    if size % stride:
        raise InputError(
            f"expected an --image-size that is a multiple of the stride of {stride} pixels, but got {size}; take "
            f"{padded(size, stride)}"
        )
    side = size // stride
    with ThreadPoolExecutor(THREADS) as pool:
        maps = pool.map(lambda i: resized_map(squared_map(read(i), size), side, side), range(count))
        return torch.stack(list(maps))
