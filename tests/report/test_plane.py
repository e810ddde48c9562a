"""Features in the plane."""

import numpy as np
import pytest

from counterpoise.errors import InputError
from counterpoise.report.plane import CELLS, embedded, regions


def test_groups_that_lie_apart_stay_apart() -> None:
    chance = np.random.default_rng(0)
    features = chance.normal(size=(40, 8)) + 50 * np.repeat([0, 1], 20)[:, None]
    points = embedded(features, seed=3)
    assert points.shape == (40, 2)
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    np.fill_diagonal(distances, np.inf)
    assert ((distances.argmin(axis=1) < 20) == (np.arange(40) < 20)).all()
    assert (embedded(features, seed=3) == points).all()


@pytest.mark.parametrize(
    ("features", "reason"),
    [
        (np.zeros((3, 8)), "at least 4 samples"),
        (np.zeros((9, 1)), "at least 4 samples of 2 features"),
        (np.ones((9, 4)), "finite and differ"),
        (np.full((9, 4), np.nan), "finite and differ"),
    ],
)
def test_what_has_no_place_in_the_plane_is_refused(features: np.ndarray, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        embedded(features)


def test_each_cell_has_the_class_of_the_points_around_it() -> None:
    chance = np.random.default_rng(0)
    points = chance.normal(size=(60, 2)) + np.where(np.arange(60) < 30, -10, 10)[:, None] * [1, 0]
    found = regions(points, np.where(np.arange(60) < 30, 4, 7))
    assert found.classes.shape == (CELLS, CELLS)
    assert (found.classes[:, found.x < -1] == 4).all()
    assert (found.classes[:, found.x > 1] == 7).all()


def test_the_ground_is_a_square_around_all_points() -> None:
    points = np.array([[0.0, 0.0], [10.0, 2.0], [4.0, 1.0]])
    x, y, classes = regions(points, np.array([0, 1, 1]))
    assert x[0] < 0 and x[-1] > 10
    assert x[-1] - x[0] == pytest.approx(y[-1] - y[0])
    assert (classes == 1).all(), "of fewer points than neighbours all vote everywhere"
