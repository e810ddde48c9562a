import numpy as np
import pytest
import torch
from scipy.interpolate import CubicHermiteSpline
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.relevance import (
    balanced_shares,
    extreme_shares,
    limited_slopes,
    relevance,
    relevance_bins,
    relevance_points,
)

POINTS = torch.tensor([[5.0, 1.0, 0.0], [18.0, 0.0, 0.0], [24.0, 0.0, 0.0], [40.0, 1.0, 0.0]]).double()
TARGETS = torch.cat([torch.linspace(10, 20, 41), torch.tensor([-30.0, -25.0, 60.0])]).double()


def test_inside_it_is_the_hermite_spline() -> None:
    targets = torch.linspace(5, 39.99, 200, dtype=torch.float64)
    spline = CubicHermiteSpline(*POINTS.T.numpy())
    assert_close(
        relevance(targets, POINTS), torch.from_numpy(spline(targets.numpy())), rtol=1e-10, atol=1e-12
    )


def test_it_hits_the_points_and_stays_between_them() -> None:
    assert relevance(POINTS[:, 0], POINTS).tolist() == [1.0, 0.0, 0.0, 1.0]
    found = relevance(torch.linspace(5, 40, 500), POINTS)
    assert found.min() >= 0
    assert found.max() <= 1


def test_left_of_the_points_it_is_one_and_right_it_follows_the_last_slope() -> None:
    points = torch.tensor([[0.0, 0.2, 0.0], [10.0, 0.5, 0.03]])
    assert_close(relevance(torch.tensor([-4.0, 10.0, 20.0]), points), torch.tensor([1.0, 0.5, 0.8]).double())


def test_steep_slopes_are_limited_to_a_rise() -> None:
    steep = torch.tensor([[0.0, 0.0, 9.0], [1.0, 1.0, 9.0], [2.0, 1.0, 5.0]])
    slopes = limited_slopes(steep)
    assert slopes[1:].tolist() == [0.0, 0.0], "a level piece has level ends"
    gentle = torch.tensor([[0.0, 0.0, 9.0], [1.0, 1.0, 9.0]])
    assert_close(limited_slopes(gentle), torch.full((2,), 3 / 2**0.5).double())
    values = relevance(torch.linspace(0, 1, 300), gentle)
    assert (values.diff() >= -1e-12).all()


def test_slopes_that_do_not_overshoot_stay() -> None:
    points = torch.tensor([[0.0, 0.0, 1.0], [1.0, 1.0, 1.5], [3.0, 2.0, 0.0]])
    assert limited_slopes(points).tolist() == [1.0, 1.5, 0.0]


@pytest.mark.parametrize(
    ("extremes", "low", "high"), [("both", True, True), ("low", True, False), ("high", False, True)]
)
def test_points_come_from_the_box_plot(extremes, low: bool, high: bool) -> None:
    quarter, median, three = np.quantile(TARGETS.numpy(), [0.25, 0.5, 0.75], method="midpoint")
    inside = [
        y
        for y in TARGETS.tolist()
        if quarter - 1.5 * (three - quarter) <= y <= three + 1.5 * (three - quarter)
    ]
    assert (min(inside), max(inside)) == (10, 20)
    wanted = [[10 if low else -30, low, 0], [median, 0, 0], [20 if high else 60, high, 0]]
    assert relevance_points(TARGETS, extremes=extremes).tolist() == wanted


def test_targets_without_outliers_are_refused() -> None:
    for targets in (torch.arange(20.0), torch.full((8,), 3.0)):
        with pytest.raises(InputError, match=r"no target lies beyond the whiskers at 1\.5"):
            relevance_points(targets)


def test_bins_are_runs_on_one_side_of_the_threshold() -> None:
    bins = relevance_bins(torch.tensor([0.9, 0.5, 0.49, 0.0, 0.2, 0.7]))
    assert (bins.starts.tolist(), bins.lengths.tolist()) == ([0, 2, 5], [2, 3, 1])
    assert bins.rare.tolist() == [True, False, True]


@pytest.mark.parametrize(("value", "side"), [(0.9, "above"), (0.1, "below")])
def test_one_run_is_refused(value: float, side: str) -> None:
    with pytest.raises(InputError, match=f"all relevances are {side} the threshold 0.5"):
        relevance_bins(torch.full((4,), value))


def test_balanced_shares_make_runs_equal_and_extreme_ones_turn_them_round() -> None:
    lengths = torch.tensor([11, 97, 12])
    assert_close(balanced_shares(lengths) * lengths, torch.full((3,), 40.0).double())
    raw = [1600 / n for n in (11, 97, 12)]
    wanted = [round(round(r * 120 / sum(raw), 2) / n, 1) for r, n in zip(raw, (11, 97, 12), strict=True)]
    assert extreme_shares(lengths).tolist() == wanted


@pytest.mark.parametrize("points", [POINTS[:1], POINTS.flip(0), POINTS[:, :2]])
def test_points_that_are_none_are_refused(points) -> None:
    with pytest.raises(InputError, match="control points must be"):
        relevance(TARGETS, points)
