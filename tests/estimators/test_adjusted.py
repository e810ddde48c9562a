# ruff: noqa: N806 - X is scikit-learn's name

import numpy as np
import pytest

from counterpoise.estimators import LogitAdjustedClassifier, PostHocLogitAdjustedClassifier

from .tails import blobs


@pytest.mark.parametrize("cls", [LogitAdjustedClassifier, PostHocLogitAdjustedClassifier])
def test_scores_answer_for_a_power_of_the_prior(cls: type) -> None:
    """Moved to the mix of training, scores differ by what tau has taken away."""
    X, y = blobs()
    counts = np.bincount(y)
    for tau in (0.0, 0.4, 1.0):
        own = cls(tau=tau).fit(X, y).predict_log_proba(X)
        moved = cls(tau=tau, target_prior="train").fit(X, y).predict_log_proba(X)
        wanted = own + tau * np.log(counts)
        assert moved == pytest.approx(wanted - np.logaddexp.reduce(wanted, axis=1, keepdims=True), abs=1e-6)


def test_tau_is_not_negative() -> None:
    with pytest.raises(ValueError, match="'tau' parameter"):
        LogitAdjustedClassifier(tau=-1.0).fit(*blobs())
