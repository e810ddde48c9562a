# ruff: noqa: N806 - X is scikit-learn's name

import numpy as np
import pytest

from counterpoise.estimators import SoftmaxClassifier, TauNormalizedClassifier

from .tails import blobs


def test_tau_one_gives_weights_of_length_one_and_no_bias() -> None:
    X, y = blobs()
    model = TauNormalizedClassifier(tau=1.0, validation_fraction=0.0).fit(X, y)
    weights = SoftmaxClassifier().fit(X, y).coef_
    unit = weights / np.linalg.norm(weights, axis=1, keepdims=True)
    assert model.coef_ == pytest.approx(unit, abs=1e-4)
    assert np.abs(model.intercept_).max() < 1e-9


def test_tau_is_chosen_on_what_is_held_out() -> None:
    model = TauNormalizedClassifier(random_state=0).fit(*blobs())
    assert model.balanced_accuracies_[np.isclose(model.taus_, model.tau_)] == model.balanced_accuracies_.max()
    assert len(model.taus_) == 21


def test_without_it_tau_is_one() -> None:
    model = TauNormalizedClassifier(validation_fraction=0.0).fit(*blobs())
    assert model.tau_ == 1
    assert not len(model.taus_)
