# ruff: noqa: N803, N806 - X is scikit-learn's name

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from counterpoise.estimators import FeatureSmoothedRegressor, SmoothedDensityRegressor

from .skewed import skewed

EXACT = {"C": 1.0, "tol": 1e-10, "max_iter": 1000}
WINDOW = np.array([0.858, 0.946, 1, 0.946, 0.858])
"""The Gaussian window of the released code, five bins long and two wide."""


def moved(X: np.ndarray, y: np.ndarray, bins: int) -> np.ndarray:
    """Features with the smoothed statistics of their bin, written out for bins that all have samples."""
    edges = np.linspace(y.min(), y.max(), bins + 1)
    own = np.clip(np.searchsorted(edges, y, side="right") - 1, 0, bins - 1)
    groups = [X[own == b] for b in range(bins)]
    mean = np.array([group.mean(axis=0) for group in groups])
    var = np.array([group.var(axis=0, ddof=1) for group in groups])
    mirrored = [
        abs(b + i) if b + i < bins else 2 * (bins - 1) - (b + i) for b in range(bins) for i in range(-2, 3)
    ]
    around = np.array(mirrored).reshape(bins, 5)
    smooth = [np.einsum("w,bwd->bd", WINDOW / WINDOW.sum(), values[around]) for values in (mean, var)]
    ratio = np.clip(smooth[1] / var, 0.1, 10)
    return (X - mean[own]) * np.sqrt(ratio[own]) + smooth[0][own]


def even(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    draws = np.random.default_rng(seed)
    y = draws.uniform(0, 8, 400)
    return np.sqrt(y)[:, None] + draws.normal(size=(400, 3)) * (0.2 + y[:, None] / 8), y


def test_it_is_a_ridge_over_moved_features() -> None:
    X, y = even()
    found = FeatureSmoothedRegressor(bins=8, **EXACT).fit(X, y)
    mean, scale = y.mean(), y.std()
    reference = Ridge(alpha=0.5, tol=1e-12).fit(moved(X, y, 8), (y - mean) / scale)
    assert found.predict(X) == pytest.approx(mean + scale * reference.predict(X), abs=2e-3)


def test_one_wide_a_window_moves_nothing() -> None:
    X, y = skewed()
    still = FeatureSmoothedRegressor(kernel_size=1, **EXACT).fit(X, y).predict(X)
    assert still == pytest.approx(SmoothedDensityRegressor(bins=1, **EXACT).fit(X, y).predict(X), abs=1e-5)
    assert FeatureSmoothedRegressor(**EXACT).fit(X, y).predict(X) != pytest.approx(still, abs=1e-2)


def test_hidden_layers_learn_before_and_after_the_statistics() -> None:
    X, y = even()
    plain = SmoothedDensityRegressor((8,), bins=1, random_state=0).fit(X, y)
    smooth = FeatureSmoothedRegressor((8,), bins=8, random_state=0).fit(X, y)
    assert smooth.score(X, y) > 0.5
    assert smooth.predict(X) != pytest.approx(plain.predict(X), abs=1e-2)


def test_fewer_bins_than_half_a_window_are_refused() -> None:
    with pytest.raises(ValueError, match="a window of 5 needs more than 2 buckets, but 2 came"):
        FeatureSmoothedRegressor(bins=2).fit(*skewed())
