"""Images with counts or maps under the facts of data that a net was trained on: for evaluating it on other data."""

from pathlib import Path
from typing import cast

from counterpoise.data.data import Data, Facts
from counterpoise.data.grid import Grid
from counterpoise.data.maps import read_map
from counterpoise.data.sources import rows
from counterpoise.data.sources.gridded import counted_cells, splits_of
from counterpoise.data.sources.map_table import map_rows, squares
from counterpoise.data.sources.points import Marked, is_shanghai_tech, point_lists, shanghai_tech
from counterpoise.data.target import Target
from counterpoise.errors import InputError


def labeled_grids(
    path: Path, trained: Facts, *, points: str | None = None, unit: float = 1.0, root: Path | None = None
) -> Data:
    """Images with what is to be counted in them, or with maps; those without a split are the split test.

    Args:
        path: a table of images, or a part of ShanghaiTech.
        trained: facts of the training data, whose target has a grid.
        points: see `Source`; of counts in the images of a table.
        unit: see `Source`; of maps.
        root: folder of the images that a table names.

    Raises:
        InputError: nothing is there, or not what the net was trained for.
    """
    grid, size = cast(Grid, trained.grid), trained.shape[-1]
    if grid.counts:
        marked = _marked(path, points, root)
        listed, maps = marked.rows, counted_cells(marked.rows, marked.points, size, grid)
    else:
        listed, files = map_rows(path, cast(Target, trained.target).name, root)
        maps = squares(lambda i: read_map(files[i], unit=unit), len(files), size, grid.stride)
    positions = rows.by_split([row.split or "test" for row in listed])
    return Data(trained, splits_of(listed, maps, positions, size, grid))


def _marked(path: Path, points: str | None, root: Path | None) -> Marked:
    if points is not None:
        return point_lists(Path(points).expanduser(), path, root=root)
    if is_shanghai_tech(path):
        return shanghai_tech(path)
    raise InputError(f"this run counts, so name what is to be counted in the images of {path} with --points")
