import torch
from torch import nn

from counterpoise.estimators import CosineSoftmaxClassifier, DeconfoundedTDEClassifier
from counterpoise.estimators.nets import Lifted

from .tails import blobs


def test_features_are_lifted_behind_hidden_layers() -> None:
    model = DeconfoundedTDEClassifier((5,), groups=2, random_state=0).fit(*blobs())
    hidden, lifted = (part for part in model.net_.backbone.children())
    assert isinstance(lifted, Lifted)
    assert [type(part) for part in hidden.children()] == [nn.Linear, nn.ReLU]
    assert model.net_.features(torch.zeros(1, 3, dtype=torch.float64)).shape == (1, lifted.num_features)


def test_groups_are_those_of_the_classifier() -> None:
    for groups in (1, 3):
        model = CosineSoftmaxClassifier(groups=groups).fit(*blobs())
        assert model.net_.classifier.groups == groups
        assert model.net_.classifier.dim == Lifted(3, groups).num_features
