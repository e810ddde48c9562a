# ruff: noqa: N806 - X is scikit-learn's name

import pytest

from counterpoise.estimators import BalancedSoftmaxClassifier, LogitAdjustedClassifier, SoftmaxClassifier

from .tails import blobs


def test_tau_goes_from_softmax_to_balanced_softmax() -> None:
    X, y = blobs()
    none, whole = (LogitAdjustedClassifier(tau=tau).fit(X, y).predict_proba(X) for tau in (0.0, 1.0))
    assert none == pytest.approx(SoftmaxClassifier().fit(X, y).predict_proba(X), abs=1e-4)
    assert whole == pytest.approx(BalancedSoftmaxClassifier().fit(X, y).predict_proba(X), abs=1e-4)


def test_scores_answer_for_a_power_of_the_training_mix() -> None:
    X, y = blobs()
    same = LogitAdjustedClassifier(tau=0.5, target_prior=[300**0.5, 60**0.5, 12**0.5]).fit(X, y)
    assert same.predict_proba(X) == pytest.approx(
        LogitAdjustedClassifier(tau=0.5).fit(X, y).predict_proba(X), abs=1e-6
    )
