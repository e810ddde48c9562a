# ruff: noqa: N806 - X is scikit-learn's name

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

from counterpoise.estimators import BalancedSoftmaxClassifier, SoftmaxClassifier

from .tails import balanced, blobs


def score(model: SoftmaxClassifier | BalancedSoftmaxClassifier) -> float:
    return balanced_accuracy_score(balanced()[1], model.fit(*blobs()).predict(balanced()[0]))


def test_the_tail_is_found() -> None:
    assert score(BalancedSoftmaxClassifier()) > score(SoftmaxClassifier()) + 0.05


def test_scores_answer_for_the_uniform_mix() -> None:
    X, y = blobs()
    plain = BalancedSoftmaxClassifier().fit(X, y)
    asked = BalancedSoftmaxClassifier(target_prior="uniform").fit(X, y)
    back = BalancedSoftmaxClassifier(target_prior="train").fit(X, y)
    assert asked.predict_proba(X) == pytest.approx(plain.predict_proba(X))
    assert back.predict_proba(X).mean(axis=0) == pytest.approx(np.array([300, 60, 12]) / 372, abs=0.01)
