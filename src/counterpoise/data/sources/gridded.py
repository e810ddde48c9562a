"""Images over which a grid of places has a value each: counts of what points mark, or maps such as depths."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from counterpoise.data.data import REGRESSION, Split
from counterpoise.data.density import density
from counterpoise.data.grid import Grid, padded
from counterpoise.data.pictures import box_scale, upright_size
from counterpoise.data.sources import rows
from counterpoise.data.sources.found import Found
from counterpoise.data.sources.rows import Row
from counterpoise.data.sources.stratified import tenths, three_way
from counterpoise.data.target import Bins, target_of
from counterpoise.errors import InputError

BLOCK, CELLS_IN_BLOCK = 32, 4
LARGEST_BOX = 1024
SPREAD = 4.0


def counted(
    name: str,
    listed: Sequence[Row],
    points: Sequence[Tensor],
    *,
    stride: int | None,
    image_size: int | None,
    bins: Bins = "auto",
    num_bins: int | None = None,
    split_seed: int = 0,
) -> Found:
    """Images in which things are marked by points, to be counted block by block.

    A picture is read as a whole in the upper left of a black square; larger ones are made smaller. A point is a
    Gaussian of 4 pixels of that square (ours), so that it may count in two blocks.

    Args:
        name: of the data.
        listed: the images.
        points: x and y of the things in each, in pixels of the picture as it is stored, (n, 2).
        stride: pixels along the side of a block; None is 32, as in the papers.
        image_size: height and width in pixels of the square; None is that of the longest side of the training images,
            at most 1,024, as a multiple of the stride.
        bins: see `target_of`; "auto" is "log", from 0.005 with a bin below, as in the papers.
        num_bins: see `target_of`.
        split_seed: of the shares of train, val and test where the rows name no splits.

    Raises:
        InputError: an image cannot be read, the stride is no multiple of 4, the size none of the stride, or nothing is
            marked.
    """
    grid = _grid(stride or BLOCK, cells=CELLS_IN_BLOCK)
    trained = [max(upright_size(row.path)) for row in listed if row.split in ("", "train")]
    size = _fitting(image_size or min(padded(max(trained, default=1), grid.stride), LARGEST_BOX), grid)
    maps = counted_cells(listed, points, size, grid)
    return _gridded(name, listed, maps, "count", grid, size, bins, num_bins, split_seed)


def mapped(
    name: str,
    listed: Sequence[Row],
    maps: Tensor,
    target: str,
    *,
    stride: int,
    bins: Bins = "auto",
    num_bins: int | None = None,
    split_seed: int = 0,
) -> Found:
    """Images with a map of measurements each, such as depths.

    Args:
        name: of the data.
        listed: the images.
        maps: a value for each place, nan where it is unknown, (N, h, w); the images are read as squares of ``stride``
            as many pixels.
        target: what is measured.
        stride: pixels along the side of a place.
        bins: see `target_of`; "auto" is "log", as in the papers.
        num_bins: see `target_of`.
        split_seed: of the shares of train, val and test where the rows name no splits.

    Raises:
        InputError: an image is missing, or nothing of a map is known.
    """
    rows.require_files(listed)
    unknown = maps.isnan().flatten(1).all(dim=1).nonzero().flatten().tolist()
    if unknown:
        raise InputError(
            f"expected a known {target} somewhere in every map, but that of {listed[unknown[0]].name} has none "
            f"({len(unknown)} such images); remove them"
        )
    grid = Grid(stride, stride, counts=False)
    return _gridded(name, listed, maps, target, grid, stride * maps.shape[1], bins, num_bins, split_seed)


def counted_cells(listed: Sequence[Row], points: Sequence[Tensor], size: int, grid: Grid) -> Tensor:
    """How much is marked in each cell of each image as a square of ``size`` pixels; -> (N, h, w)."""
    rows.require_files(listed)
    return torch.stack(
        [
            _cells(marked, upright_size(row.path), size, grid)
            for row, marked in zip(listed, points, strict=True)
        ]
    )


def _gridded(
    name: str,
    listed: Sequence[Row],
    maps: Tensor,
    what: str,
    grid: Grid,
    size: int,
    bins: Bins,
    num_bins: int | None,
    split_seed: int,
) -> Found:
    whole = grid.whole(grid.places(maps).flatten(1))
    positions = (
        rows.by_split([row.split for row in listed])
        if listed[0].split
        else three_way(tenths(whole), seed=split_seed)
    )
    if "train" not in positions:
        raise InputError(f"expected images of the split train in {name}, but there are none; add some")
    target = target_of(what, maps[positions["train"]], bins=bins, num_bins=num_bins, grid=grid)
    splits = splits_of(listed, maps, positions, size, grid)
    return Found(name, target.bin_names, splits, task=REGRESSION, target=target)


def splits_of(
    listed: Sequence[Row], maps: Tensor, positions: Mapping[str, Tensor], size: int, grid: Grid
) -> dict[str, Split]:
    """Images with their maps (N, h, w), by split, from the positions of each."""
    return {
        split: rows.split_of([listed[i] for i in part.tolist()], maps[part], size, grid.placed)
        for split, part in positions.items()
    }


def _grid(stride: int, *, cells: int) -> Grid:
    if stride % cells:
        raise InputError(f"expected a --stride of a multiple of {cells} pixels, but got {stride}")
    return Grid(stride, stride // cells, counts=True)


def _fitting(size: int, grid: Grid) -> int:
    if size % grid.stride:
        raise InputError(
            f"expected an --image-size that is a multiple of the stride of {grid.stride} pixels, but got {size}; take "
            f"{padded(size, grid.stride)}"
        )
    return size


def _cells(points: Tensor, sides: tuple[int, int], size: int, grid: Grid) -> Tensor:
    """Counts of the cells of the square; nothing outside the picture."""
    scale = box_scale(sides, size)
    width, height = (padded(max(1, round(scale * side)), grid.cell) for side in sides)
    cells = torch.zeros(size // grid.cell, size // grid.cell)
    inside = (points * scale).minimum(torch.tensor([width, height]))
    found = density(inside, height, width, cell=grid.cell, sigma=SPREAD)
    cells[: found.shape[0], : found.shape[1]] = found
    return cells
