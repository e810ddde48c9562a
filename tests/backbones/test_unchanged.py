"""No backbone at all, and which backbones embeddings have."""

import pytest
import torch

from counterpoise.backbones import MLP, Unchanged, embedding_backbone
from counterpoise.errors import InputError


def test_features_are_the_inputs() -> None:
    rows = torch.randn(3, 5)
    net = Unchanged(5)
    assert net(rows) is rows
    assert net.num_features == 5
    assert not list(net.parameters())


def test_embeddings_have_none_unless_one_is_named() -> None:
    assert isinstance(embedding_backbone("auto", (4,)), Unchanged)
    assert isinstance(embedding_backbone("none", (4,)), Unchanged)
    assert isinstance(embedding_backbone("mlp", (4,)), MLP)
    with pytest.raises(InputError, match="embeddings need the backbone none or mlp, but resnet50 came"):
        embedding_backbone("resnet50", (4,))
