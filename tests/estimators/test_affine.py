# ruff: noqa: N806 - X is scikit-learn's name

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from counterpoise.estimators import BalancedSoftmaxClassifier, PostHocLogitAdjustedClassifier

from .tails import blobs


@pytest.mark.parametrize("classes", [2, 3])
def test_coefficients_give_the_scores(classes: int) -> None:
    X, y = blobs()
    X, y = X[y < classes], y[y < classes]
    model = PostHocLogitAdjustedClassifier(validation_fraction=0.2, target_prior="train", random_state=0)
    model.fit(X, y)
    rows = 1 if classes == 2 else classes
    assert model.coef_.shape == (rows, 3)
    scores = (X @ model.coef_.T + model.intercept_).squeeze()
    assert scores == pytest.approx(model.decision_function(X), abs=1e-8)


def test_hidden_layers_and_unfitted_models_have_none() -> None:
    model = BalancedSoftmaxClassifier((4,), random_state=0).fit(*blobs())
    with pytest.raises(AttributeError, match="hidden layers"):
        _ = model.coef_
    with pytest.raises(NotFittedError):
        _ = BalancedSoftmaxClassifier().intercept_
    assert not hasattr(BalancedSoftmaxClassifier(), "coef_")
    assert np.isfinite(model.decision_function(blobs()[0])).all()
