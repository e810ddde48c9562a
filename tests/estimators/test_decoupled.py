# ruff: noqa: N806 - X is scikit-learn's name

import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score

from counterpoise.estimators import DecoupledClassifier, SoftmaxClassifier

from .tails import balanced, blobs


def test_without_hidden_layers_it_is_logistic_regression_of_balanced_classes() -> None:
    X, y = blobs()
    rival = LogisticRegression(class_weight="balanced").fit(X, y)
    ours = DecoupledClassifier(()).fit(X, y)
    assert ours.predict_proba(X) == pytest.approx(rival.predict_proba(X), abs=1e-3)


def test_hidden_layers_are_those_of_plain_learning() -> None:
    X, y = blobs()
    ours, plain = (cls((8,), random_state=0).fit(X, y) for cls in (DecoupledClassifier, SoftmaxClassifier))
    pairs = zip(ours.net_.backbone.parameters(), plain.net_.backbone.parameters(), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)
    scores = [balanced_accuracy_score(balanced()[1], m.predict(balanced()[0])) for m in (ours, plain)]
    assert scores[0] > scores[1]
