import math

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.hierarchy import level_labels, transition_matrix
from counterpoise.losses import (
    ClassWeighted,
    CrossEntropy,
    HierarchicalLoss,
    SoftOrdinalLoss,
    index_level_labels,
    soft_ordinal_labels,
)

from .conftest import LogSoftmax

LEVELS = torch.tensor([[0, 0, 0, 1, 1], [0, 0, 1, 2, 2], [0, 1, 2, 3, 4]])
NUMBERS = torch.arange(5, dtype=torch.float64)
HARD = level_labels(torch.eye(5, dtype=torch.float64), LEVELS)
SOFT = level_labels(soft_ordinal_labels(NUMBERS, NUMBERS), LEVELS)
every_label = pytest.mark.parametrize("labels", [HARD, SOFT, index_level_labels(LEVELS).double()])
TARGETS = torch.tensor([0, 3, 1, 4, 2, 2])


@pytest.fixture
def outputs() -> Tensor:
    return 3 * torch.randn(6, 10, dtype=torch.float64)


@every_label
def test_losses_are_those_of_a_loop(labels: Tensor, outputs: Tensor, log_softmax: LogSoftmax) -> None:
    wanted = []
    for row, target in zip(outputs.tolist(), TARGETS.tolist(), strict=True):
        levels = (row[:2], row[2:5], row[5:])
        asked = labels[target].tolist()
        soft = (asked[:2], asked[2:5], asked[5:])
        pairs = zip(levels, soft, strict=True)
        wanted.append(
            [-sum(y * p for y, p in zip(label, log_softmax(level), strict=True)) for level, label in pairs]
        )
    loss = HierarchicalLoss(LEVELS, labels)
    assert_close(loss.per_level(outputs, TARGETS), outputs.new_tensor(wanted), rtol=1e-10, atol=0)
    assert loss.per_sample(outputs, TARGETS).tolist() == pytest.approx(list(map(sum, wanted)), rel=1e-10)
    assert loss(outputs, TARGETS).item() == pytest.approx(sum(map(sum, wanted)) / 6, rel=1e-10)


def test_one_hot_labels_are_the_cross_entropy_of_the_class_of_each_level(outputs: Tensor) -> None:
    parts = zip(outputs.split([2, 3, 5], dim=1), LEVELS, strict=True)
    wanted = sum(CrossEntropy()(logits, level[TARGETS]) for logits, level in parts)
    assert_close(HierarchicalLoss(LEVELS, HARD)(outputs, TARGETS), wanted, rtol=1e-12, atol=0)


def test_one_level_is_the_plain_loss(outputs: Tensor) -> None:
    labels = soft_ordinal_labels(NUMBERS, NUMBERS)
    produced = HierarchicalLoss(LEVELS[-1:], labels)(outputs[:, 5:], TARGETS)
    assert_close(produced, SoftOrdinalLoss(NUMBERS)(outputs[:, 5:], TARGETS), rtol=1e-12, atol=0)


def test_coarse_labels_are_sums_of_the_finest() -> None:
    fine = SOFT[:, 5:]
    assert_close(SOFT[:, :2], fine @ transition_matrix(LEVELS[0]).double().T, rtol=1e-12, atol=0)
    assert_close(SOFT[:, 2:5], fine @ transition_matrix(LEVELS[1]).double().T, rtol=1e-12, atol=0)


def test_labels_by_class_number_blur_two_classes_and_sums_do_not() -> None:
    wrong = math.exp(-0.5) / (1 + math.exp(-0.5))
    assert index_level_labels(LEVELS)[0, :2].tolist() == pytest.approx([1 - wrong, wrong])
    assert SOFT[0, 1] < 0.02


@every_label
def test_labels_of_every_level_sum_to_one(labels: Tensor) -> None:
    for level in labels.split([2, 3, 5], dim=1):
        assert_close(level.sum(dim=1), torch.ones(5, dtype=torch.float64), rtol=1e-6, atol=0)


def test_the_gradient_is_that_of_the_values(outputs: Tensor) -> None:
    loss = HierarchicalLoss(LEVELS, SOFT)
    assert torch.autograd.gradcheck(lambda z: loss(z, TARGETS), outputs.requires_grad_())


def test_weights_of_finest_classes_weigh_all_levels(outputs: Tensor) -> None:
    weights, loss = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0]).double(), HierarchicalLoss(LEVELS, SOFT)
    produced = ClassWeighted(loss, weights).per_sample(outputs, TARGETS)
    wanted = (weights[TARGETS].unsqueeze(1) * loss.per_level(outputs, TARGETS)).sum(dim=1)
    assert_close(produced, wanted, rtol=1e-12, atol=0)


def test_a_batch_of_one_has_a_loss(outputs: Tensor) -> None:
    loss = HierarchicalLoss(LEVELS, SOFT)
    assert loss(outputs[:1], TARGETS[:1]) == loss.per_sample(outputs, TARGETS)[0]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_float32(dtype: torch.dtype, outputs: Tensor) -> None:
    logits, loss = outputs.to(dtype), HierarchicalLoss(LEVELS, SOFT.float())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        produced = loss(logits, TARGETS)
    assert_close(produced, loss(logits.float(), TARGETS))


def test_labels_of_another_shape_are_refused() -> None:
    with pytest.raises(InputError, match=r"labels must be \(5, 10\), .* but \(5, 5\) came"):
        HierarchicalLoss(LEVELS, torch.eye(5))
