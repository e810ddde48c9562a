"""The density map of a picture in which things were marked by points: what a counter of crowds learns."""

import math

import torch
from torch import Tensor

from counterpoise.errors import InputError


def density(points: Tensor, height: int, width: int, *, cell: int, sigma: float) -> Tensor:
    """The sum of a Gaussian around each point, added up over cells; (n, 2) -> (height / cell, width / cell) float32.

    A map of ``cell`` 1 is the usual density map; its `block_counts` of 32 are the map of ``cell`` 32, which costs far
    less. Each Gaussian is integrated over every cell, by differences of the normal distribution function, not sampled
    at its centre. What would lie outside the picture is shared out inside, so that each point counts 1 and the map adds
    up to n.

    Args:
        points: x (to the right) and y (down) of each, in pixels; the picture spans 0 .. width and 0 .. height, and its
            first pixel 0 .. 1.
        height: of the picture in pixels.
        width: of the picture in pixels.
        cell: height and width of a cell in pixels.
        sigma: standard deviation of the Gaussians in pixels (crowd counting with a fixed kernel: 4 or 15); 0 counts
            each point in its own cell.

    Raises:
        InputError: a side of the picture is not a multiple of the cell's, a sigma below 0, points of another shape, or
            one outside the picture.
    """
    _check(points, height, width, cell, sigma)
    x, y = points.double().unbind(dim=1)
    return (_weights(y, height, cell, sigma).T @ _weights(x, width, cell, sigma)).float()


def _weights(places: Tensor, length: int, cell: int, sigma: float) -> Tensor:
    """How much of each point lies in each row, or column, of cells; (n,) -> (n, length / cell), rows that sum to 1."""
    if not sigma:
        own = (places / cell).long().clamp(max=length // cell - 1)
        return torch.nn.functional.one_hot(own, length // cell).double()
    edges = torch.arange(0, length + 1, cell, dtype=torch.float64)
    shares = torch.special.ndtr((edges - places[:, None]) / sigma).diff(dim=1)
    return shares / shares.sum(dim=1, keepdim=True)


def _check(points: Tensor, height: int, width: int, cell: int, sigma: float) -> None:
    if cell < 1 or height < cell or width < cell or height % cell or width % cell:
        raise InputError(
            f"a density map has whole cells only, but {height} x {width} pixels came for cells of {cell}; pad the "
            "picture to a multiple"
        )
    if not 0 <= sigma < math.inf:
        raise InputError(f"expected a sigma of 0 pixels or more, but {sigma} came")
    if points.ndim != 2 or points.shape[1] != 2:
        raise InputError(f"expected points (n, 2), x and y of each, but {tuple(points.shape)} came")
    outside = ~((points >= 0) & (points <= torch.tensor([width, height]))).all(dim=1)
    if outside.any():
        x, y = points[outside][0].tolist()
        raise InputError(
            f"expected points inside {width} x {height} pixels, but one lies at x {x:g}, y {y:g} "
            f"({int(outside.sum())} of {len(points)} are outside); leave out what a crop has cut off"
        )
