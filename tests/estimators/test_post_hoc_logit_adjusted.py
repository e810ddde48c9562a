# ruff: noqa: N806 - X is scikit-learn's name

import numpy as np
import pytest

from counterpoise.estimators import PostHocLogitAdjustedClassifier, SoftmaxClassifier

from .tails import blobs


@pytest.mark.parametrize("tau", [0.0, 0.5, 1.0])
def test_the_prior_is_taken_out_after_training(tau: float) -> None:
    X, y = blobs()
    plain = SoftmaxClassifier().fit(X, y).decision_function(X)
    prior = np.array([300, 60, 12]) / 372
    found = PostHocLogitAdjustedClassifier(tau=tau).fit(X, y).decision_function(X)
    assert found == pytest.approx(plain - tau * np.log(prior), abs=1e-6)


def test_a_target_prior_undoes_it() -> None:
    X, y = blobs()
    back = PostHocLogitAdjustedClassifier(target_prior="train").fit(X, y)
    assert back.predict_proba(X) == pytest.approx(SoftmaxClassifier().fit(X, y).predict_proba(X), abs=1e-5)
