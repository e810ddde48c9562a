import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import (
    ClassWeighted,
    CrossEntropy,
    Deferred,
    EachExpert,
    FocalLoss,
    LDAMLoss,
    SameForEach,
)
from counterpoise.losses.loss import Loss

TARGETS = torch.tensor([0, 3, 1, 1, 2, 0])


@pytest.fixture
def outputs() -> Tensor:
    return 3 * torch.randn(6, 3 * 4, dtype=torch.float64)


@pytest.mark.parametrize("weighted", [False, True])
def test_it_is_the_same_loss_for_each_expert(weighted: bool, outputs: Tensor, counts: Tensor) -> None:
    """Value and gradient, of the batch and of each sample."""
    ldam: Loss = LDAMLoss(counts)
    loss = ClassWeighted(ldam, 1 / counts) if weighted else ldam
    found, wanted = SameForEach(loss, 3), EachExpert([loss] * 3)
    outputs.requires_grad_()
    assert_close(found.per_sample(outputs, TARGETS), wanted.per_sample(outputs, TARGETS))
    assert_close(found(outputs, TARGETS), wanted(outputs, TARGETS))
    slopes = [torch.autograd.grad(one(outputs, TARGETS), outputs)[0] for one in (found, wanted)]
    assert_close(*slopes)


def test_an_empty_batch_has_no_samples() -> None:
    none = torch.zeros(0, dtype=torch.int64)
    assert SameForEach(CrossEntropy(), 3).per_sample(torch.zeros(0, 12), none).shape == (0,)


def test_the_loss_hears_the_time() -> None:
    loss = Deferred(CrossEntropy(), FocalLoss(), start=2)
    SameForEach(loss, 3).set_epoch(2)
    assert loss.epoch == 2


def test_outputs_of_another_number_of_experts_are_refused(outputs: Tensor) -> None:
    with pytest.raises(InputError, match="expected the outputs of 5 experts"):
        SameForEach(CrossEntropy(), 5)(outputs, TARGETS)
