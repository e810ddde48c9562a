# ruff: noqa: N806 - X is scikit-learn's name

import inspect

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge
from sklearn.utils.estimator_checks import check_estimator

from counterpoise import estimators
from counterpoise.estimators import SmoothedDensityRegressor
from counterpoise.estimators.regression import bin_totals, equal_bins, mean_and_scale

REGRESSORS = [getattr(estimators, name) for name in estimators.__all__ if name.endswith("Regressor")]
every_regressor = pytest.mark.parametrize("cls", REGRESSORS, ids=lambda cls: cls.__name__)


def line(noise: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    draws = np.random.default_rng(0)
    X = draws.normal(size=(300, 3))
    return X, 40 + 10 * (X @ [1.0, -2.0, 0.5] + noise * draws.normal(size=300))


def test_there_are_regressors() -> None:
    assert len(REGRESSORS) == 4


@pytest.mark.filterwarnings("ignore")
@every_regressor
def test_it_keeps_the_conventions_of_scikit_learn(cls: type) -> None:
    found = check_estimator(cls(), on_skip=None)
    assert len(found) > 40
    assert {check["status"] for check in found} <= {"passed", "skipped"}


@every_regressor
def test_it_predicts_in_the_unit_of_the_targets(cls: type) -> None:
    X, y = line()
    assert cls(C=100).fit(X, y).score(X, y) > 0.9
    assert cls((16,), C=100, random_state=0).fit(X, y).score(X, y) > 0.9


@every_regressor
def test_big_data_go_through_adam(cls: type) -> None:
    X, y = line()
    model = cls(solver="adam", max_iter=1000, C=100).fit(X.astype(np.float16), y)
    assert model.solver_ == "adam"
    assert model.score(X, y) > 0.7


@every_regressor
def test_equal_targets_are_answered(cls: type) -> None:
    assert cls().fit(line()[0], np.full(300, 7.0)).predict(line()[0]) == pytest.approx(7.0)


def test_one_bin_and_no_penalty_is_least_squares() -> None:
    X, y = line()
    ours = SmoothedDensityRegressor(bins=1, C=1e9, tol=1e-9).fit(X, y)
    assert ours.predict(X) == pytest.approx(Ridge(alpha=1e-9).fit(X, y).predict(X), abs=1e-3)


def test_moments_and_bins_are_weighted() -> None:
    values, weights = torch.tensor([1.0, 5.0]).double(), torch.tensor([3.0, 1.0]).double()
    assert mean_and_scale(values, weights) == pytest.approx((2.0, 3**0.5))
    assert bin_totals(values, weights, equal_bins(values, 2)).tolist() == [3, 1]
    assert mean_and_scale(values[:1], weights[:1]) == (1.0, 1.0)


def test_weights_are_where_they_mean_something() -> None:
    takes = {cls.__name__: "sample_weight" in inspect.signature(cls.fit).parameters for cls in REGRESSORS}
    assert takes == {
        "BalancedMSERegressor": True,
        "FeatureSmoothedRegressor": False,
        "HierarchicalRegressor": False,
        "SmoothedDensityRegressor": True,
    }
