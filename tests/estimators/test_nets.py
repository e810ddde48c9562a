import numpy as np
import pytest
import torch
from torch import nn

from counterpoise.classifiers import DeconfoundedClassifier
from counterpoise.estimators.nets import (
    Lifted,
    class_means,
    hidden_layers,
    start_unmet_at_means,
    undrawn,
)
from counterpoise.estimators.rows import present_rows


@pytest.mark.parametrize(
    ("features", "groups", "inside", "width"), [(1, 2, 1, 16), (3, 2, 2, 16), (5, 1, 5, 8), (16, 2, 8, 32)]
)
def test_each_group_gets_a_constant(features: int, groups: int, inside: int, width: int) -> None:
    lifted = Lifted(features, groups)
    found = lifted(torch.full((2, features), 7.0)).view(2, groups, -1)
    assert found.shape[1] * found.shape[2] == width == lifted.num_features
    assert (found[..., inside] == 1).all()
    assert found[..., :inside].sum() == 2 * 7 * features
    assert not found[..., inside + 1 :].any()


def test_nothing_is_drawn_from_the_global_generator() -> None:
    before = torch.get_rng_state()
    layer = undrawn(lambda: nn.Linear(3, 2), torch.float64)
    hidden = hidden_layers(3, (5, 4), dtype=torch.float32, generator=torch.Generator().manual_seed(1))
    assert torch.equal(torch.get_rng_state(), before)
    assert not layer.weight.any()
    assert layer.weight.dtype == torch.float64
    assert [m.out_features for m in hidden if isinstance(m, nn.Linear)] == [5, 4]
    assert all(m.weight.any() for m in hidden if isinstance(m, nn.Linear))


def test_class_means_are_weighted() -> None:
    rows = present_rows(np.array([[0.0], [3.0], [5.0]]), np.array([0, 0, 2]), np.array([1.0, 2.0, 4.0]))
    assert class_means(lambda x: 2 * x, rows, 3, torch.float64).flatten().tolist() == [4, 0, 10]


def test_only_classes_without_weights_begin_at_their_means() -> None:
    classifier = undrawn(lambda: DeconfoundedClassifier(2, 2, groups=1), torch.float64)
    classifier.weight.data[0] = 5.0
    rows = present_rows(np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([0, 1]), np.ones(2))
    start_unmet_at_means(classifier, lambda x: x, rows)
    assert classifier.weight.tolist() == [[5, 5], [0, 1]]
