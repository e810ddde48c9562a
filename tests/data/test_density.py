"""Density maps from points."""

import math

import pytest
import torch
from torch import Tensor

from counterpoise.data.blocks import block_counts
from counterpoise.data.density import density
from counterpoise.errors import InputError

POINTS = torch.tensor([[0.0, 0.0], [3.2, 5.9], [16.0, 8.0], [11.5, 2.5]])


@pytest.mark.parametrize("sigma", [0, 0.01, 1.5, 40.0, 1e4])
@pytest.mark.parametrize("cell", [1, 2, 4, 8])
def test_every_point_counts_one(cell: int, sigma: float) -> None:
    found = density(POINTS, 8, 16, cell=cell, sigma=sigma)
    assert (found.shape, found.dtype) == ((8 // cell, 16 // cell), torch.float32)
    assert (found >= 0).all()
    assert found.sum().item() == pytest.approx(4, abs=1e-5)
    for point in POINTS:
        assert density(point[None], 8, 16, cell=cell, sigma=sigma).sum().item() == pytest.approx(1, abs=1e-6)


def test_without_a_sigma_points_are_counted_in_their_cell() -> None:
    found = density(POINTS, 8, 16, cell=4, sigma=0)
    assert found.tolist() == [[1, 0, 1, 0], [1, 0, 0, 1]]
    assert density(POINTS[:0], 8, 16, cell=4, sigma=2.0).tolist() == [[0] * 4] * 2


def test_a_cell_holds_the_integral_of_the_gaussian() -> None:
    def share(low: float, high: float, at: float) -> float:
        low, high = ((edge - at) / (math.sqrt(2) * 2.0) for edge in (low, high))
        return (math.erf(high) - math.erf(low)) / 2

    found = density(torch.tensor([[9.3, 4.1]]), 12, 16, cell=4, sigma=2.0)
    for row in range(3):
        for column in range(4):
            y, x = share(4 * row, 4 * row + 4, 4.1), share(4 * column, 4 * column + 4, 9.3)
            inside = share(0, 12, 4.1) * share(0, 16, 9.3)
            assert found[row, column].item() == pytest.approx(x * y / inside, rel=1e-6)


@pytest.mark.parametrize("sigma", [0, 3.0])
def test_cells_are_the_blocks_of_the_fine_map(sigma: float) -> None:
    points = torch.rand(50, 2) * torch.tensor([64.0, 32.0])
    fine = density(points, 32, 64, cell=1, sigma=sigma)
    coarse = density(points, 32, 64, cell=16, sigma=sigma)
    assert torch.allclose(block_counts(fine[None, None], 16)[0, 0], coarse, atol=1e-5)


def test_mirrored_points_give_the_mirrored_map() -> None:
    mirrored = torch.stack([16 - POINTS[:, 0], POINTS[:, 1]], dim=1)
    assert torch.allclose(
        density(mirrored, 8, 16, cell=2, sigma=1.0),
        density(POINTS, 8, 16, cell=2, sigma=1.0).flip(1),
        atol=1e-6,
    )


@pytest.mark.parametrize(
    ("points", "height", "cell", "sigma", "reason"),
    [
        (POINTS, 9, 4, 1.0, "9 x 16 pixels came for cells of 4"),
        (POINTS, 8, 0, 1.0, "cells of 0"),
        (POINTS, 0, 4, 1.0, "0 x 16 pixels"),
        (POINTS, 8, 4, -1.0, "sigma of 0 pixels or more, but -1.0"),
        (POINTS, 8, 4, math.nan, "but nan came"),
        (POINTS.T, 8, 4, 1.0, r"points \(n, 2\).*\(2, 4\) came"),
        (POINTS + 1, 8, 4, 1.0, r"x 17, y 9 \(1 of 4 are outside\)"),
        (POINTS * math.nan, 8, 4, 1.0, "4 of 4 are outside"),
        (POINTS - 0.5, 8, 4, 0, "x -0.5, y -0.5"),
    ],
)
def test_what_has_no_map_is_refused(
    points: Tensor, height: int, cell: int, sigma: float, reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        density(points, height, 16, cell=cell, sigma=sigma)
