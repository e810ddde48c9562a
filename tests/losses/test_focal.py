import math

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import CrossEntropy, DetachedFocalLoss, FocalLoss

from .conftest import LogSoftmax

Batch = tuple[Tensor, Tensor]
both = pytest.mark.parametrize("kind", [FocalLoss, DetachedFocalLoss])


@both
@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0])
def test_losses_are_those_of_a_loop(
    kind: type[FocalLoss] | type[DetachedFocalLoss], gamma: float, batch: Batch, log_softmax: LogSoftmax
) -> None:
    logits, targets = batch
    logs = [log_softmax(row)[target] for row, target in zip(logits.tolist(), targets.tolist(), strict=True)]
    wanted = torch.tensor([-((1 - math.exp(log)) ** gamma) * log for log in logs], dtype=torch.float64)
    assert_close(kind(gamma=gamma).per_sample(logits, targets), wanted, rtol=1e-11, atol=1e-14)
    assert_close(kind(gamma=gamma)(logits, targets), wanted.mean(), rtol=1e-11, atol=1e-14)


def test_class_weights_enter_the_factor_and_not_the_divisor(batch: Batch) -> None:
    logits, targets = batch
    weights = torch.tensor([0.5, 1.0, 2.0, 4.0], dtype=torch.float64)
    ce = weights[targets] * CrossEntropy().per_sample(logits, targets)
    produced = FocalLoss(gamma=2.0, class_weights=weights)(logits, targets)
    assert_close(produced, ((1 - (-ce).exp()) ** 2 * ce).mean(), rtol=1e-11, atol=0)


@both
def test_gamma_zero_is_cross_entropy(kind: type[FocalLoss] | type[DetachedFocalLoss], batch: Batch) -> None:
    produced, wanted = (loss.per_sample(*batch) for loss in (kind(gamma=0.0), CrossEntropy()))
    assert torch.equal(produced, wanted)


def test_the_gradient_flows_through_the_factor(batch: Batch) -> None:
    logits, targets = batch
    assert torch.autograd.gradcheck(lambda z: FocalLoss(gamma=2.0)(z, targets), logits.requires_grad_())


def test_the_detached_gradient_is_that_of_cross_entropy_times_the_factor(batch: Batch) -> None:
    logits, targets = batch[0].requires_grad_(), batch[1]
    ce = CrossEntropy().per_sample(logits, targets)
    factors = (1 - (-ce.detach()).exp()) ** 2
    (wanted,) = torch.autograd.grad((factors * ce).mean(), logits)
    (produced,) = torch.autograd.grad(DetachedFocalLoss()(logits, targets), logits)
    (through,) = torch.autograd.grad(FocalLoss()(logits, targets), logits)
    assert_close(produced, wanted, rtol=1e-9, atol=1e-14)
    assert not torch.allclose(produced, through, rtol=1e-2)


@both
@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0])
def test_certain_answers_have_finite_gradients(
    kind: type[FocalLoss] | type[DetachedFocalLoss], gamma: float
) -> None:
    logits = torch.tensor([[1e4, 0.0], [0.0, 1e4]], requires_grad=True)
    loss = kind(gamma=gamma)(logits, torch.tensor([0, 0]))
    assert loss.item() == 5e3
    assert_close(torch.autograd.grad(loss, logits)[0], torch.tensor([[0.0, 0.0], [-0.5, 0.5]]))


@both
def test_a_negative_gamma_is_refused(kind: type[FocalLoss] | type[DetachedFocalLoss]) -> None:
    with pytest.raises(InputError, match=r"gamma must be 0 or more, but -1.0 came"):
        kind(gamma=-1.0)
