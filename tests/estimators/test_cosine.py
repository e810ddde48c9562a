# ruff: noqa: N806 - X is scikit-learn's name

import numpy as np
import torch
from sklearn.metrics import balanced_accuracy_score

from counterpoise.classifiers import CosineClassifier
from counterpoise.estimators import CosineSoftmaxClassifier

from .tails import balanced, blobs


def test_scores_are_bounded_cosines_of_lifted_features() -> None:
    X, y = blobs()
    model = CosineSoftmaxClassifier(tau=5.0, groups=1).fit(X, y)
    assert isinstance(model.net_.classifier, CosineClassifier)
    assert np.abs(model.decision_function(X)).max() <= 5
    lifted = model.net_.features(torch.from_numpy(X))
    cosines = torch.nn.functional.cosine_similarity(
        lifted.unsqueeze(1), model.net_.classifier.weight.detach(), dim=2
    )
    assert np.allclose(model.decision_function(X), 5 * cosines.numpy())


def test_it_learns() -> None:
    model = CosineSoftmaxClassifier(groups=2).fit(*blobs((300, 300, 300)))
    assert balanced_accuracy_score(balanced()[1], model.predict(balanced()[0])) > 0.8
