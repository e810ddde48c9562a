# ruff: noqa: N806 - X is scikit-learn's name

import numpy as np
import pytest

from counterpoise.estimators import BalancedMSERegressor, SmoothedDensityRegressor

from .skewed import balanced_error, skewed


def test_rare_targets_are_met_better_than_by_least_squares() -> None:
    models = BalancedMSERegressor(noise=0.4), SmoothedDensityRegressor(bins=1)
    ours, plain = (
        balanced_error(skewed(1)[1], model.fit(*skewed()).predict(skewed(1)[0])) for model in models
    )
    assert ours < plain


def test_more_noise_reaches_farther() -> None:
    X, y = skewed()
    reach = [BalancedMSERegressor(noise=noise).fit(X, y).predict(X).max() for noise in (0.3, 1.0)]
    assert reach[0] < reach[1]


def test_the_noise_is_what_squared_errors_leave() -> None:
    X, y = skewed()
    model = BalancedMSERegressor().fit(X, y)
    left = y - SmoothedDensityRegressor(bins=1).fit(X, y).predict(X)
    assert model.noise_ == pytest.approx(left.std() / y.std(), rel=6e-3)
    assert BalancedMSERegressor(noise=0.3).fit(X, y).noise_ == 0.3


def test_targets_beyond_the_middle_of_the_last_bin_do_not_pull_without_end() -> None:
    draws = np.random.default_rng(0)
    y = np.minimum(draws.exponential(5, 600), 10)
    X = np.stack([np.exp(y), y], axis=1) + draws.normal(size=(600, 2))
    model = BalancedMSERegressor(bins=5, noise=0.5, C=1e6, max_iter=1000).fit(X, y)
    assert np.abs(model.predict(X)).max() < 30
