# ruff: noqa: N806 - X is scikit-learn's name

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from counterpoise.estimators import SoftmaxClassifier

from .tails import blobs


@pytest.mark.parametrize("C", [0.1, 1.0, 10.0])
def test_it_is_logistic_regression(C: float) -> None:  # noqa: N803 - scikit-learn's name
    X, y = blobs()
    ours, rival = SoftmaxClassifier(C=C).fit(X, y), LogisticRegression(C=C).fit(X, y)
    assert ours.predict_proba(X) == pytest.approx(rival.predict_proba(X), abs=1e-6)
    assert ours.coef_ == pytest.approx(rival.coef_, abs=1e-4)


def test_a_stream_ends_near_the_fit() -> None:
    X, y = blobs()
    streamed = SoftmaxClassifier()
    for _ in range(300):
        streamed.partial_fit(X, y, classes=[0, 1, 2])
    fitted = SoftmaxClassifier().fit(X, y)
    assert np.mean(streamed.predict(X) == fitted.predict(X)) > 0.97
