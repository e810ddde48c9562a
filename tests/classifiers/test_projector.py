import pytest
import torch
from torch.testing import assert_close

from counterpoise.classifiers import Projector
from counterpoise.errors import InputError


def test_one_hidden_layer_as_wide_as_the_features() -> None:
    projector = Projector(6, 4)
    features = torch.randn(5, 6)
    first, _, last = projector.layers
    assert first.weight.shape == (6, 6)
    assert_close(projector(features), last(first(features).relu()))
    assert (projector.dim, projector.num_classes) == (6, 4)


def test_another_width() -> None:
    assert Projector(6, 4, hidden=3).layers[0].weight.shape == (3, 6)
    with pytest.raises(InputError, match="hidden must be 1 or more, but 0 came"):
        Projector(6, 4, hidden=0)
