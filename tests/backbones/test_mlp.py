"""A multilayer perceptron."""

import pytest
import torch

from counterpoise.backbones import MLP, table_backbone
from counterpoise.errors import InputError


def test_it_has_two_hidden_layers_of_128() -> None:
    net = MLP(7)
    assert [tuple(weight.shape) for weight in net.parameters()] == [(128, 7), (128,), (128, 128), (128,)]
    features = net(torch.randn(3, 7))
    assert features.shape == (3, net.num_features)
    assert (features >= 0).all()


def test_sizes_can_be_chosen() -> None:
    assert MLP(3, hidden=(5,)).num_features == 5


def test_a_table_has_one_backbone() -> None:
    assert isinstance(table_backbone("auto", (4,)), MLP)
    with pytest.raises(InputError, match="need the backbone mlp, but resnet32 came"):
        table_backbone("resnet32", (4,))
