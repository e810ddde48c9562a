# ruff: noqa: N806 - X is scikit-learn's name

import numpy as np
import torch
from sklearn.metrics import balanced_accuracy_score

from counterpoise.classifiers import CosineClassifier
from counterpoise.estimators import LDAMClassifier
from counterpoise.losses import LDAMLoss

from .tails import balanced, blobs


def score(**options: float) -> float:
    model = LDAMClassifier(**options).fit(*blobs())  # pyright: ignore[reportArgumentType]
    return balanced_accuracy_score(balanced()[1], model.predict(balanced()[0]))


def test_re_weighting_later_helps_the_tail() -> None:
    assert score(start=0.8, beta=0.999) > score(start=1.0)


def test_it_minimises_the_loss_of_the_paper() -> None:
    X, y = blobs()
    model = LDAMClassifier(start=1.0).fit(X, y)
    loss = LDAMLoss(torch.tensor([300.0, 60.0, 12.0], dtype=torch.float64))
    classifier = model.net_.classifier
    assert isinstance(classifier, CosineClassifier)
    features = model.net_.features(torch.from_numpy(X))
    reached = loss(classifier(features) / 30, torch.from_numpy(y))
    reached.backward()
    started = loss(torch.zeros(len(y), 3, dtype=torch.float64), torch.from_numpy(y))
    assert reached < started
    slope = classifier.weight.grad
    assert slope is not None
    assert slope.norm() < 0.1


def test_scores_are_scaled_cosines() -> None:
    scores = LDAMClassifier(scale=7.0).fit(*blobs()).decision_function(blobs()[0])
    assert 5 < np.abs(scores).max() <= 7
