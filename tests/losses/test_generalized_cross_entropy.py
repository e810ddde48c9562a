import math

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import CrossEntropy, GeneralizedCrossEntropy

from .conftest import LogSoftmax

Batch = tuple[Tensor, Tensor]


def test_losses_are_those_of_a_loop(batch: Batch, log_softmax: LogSoftmax) -> None:
    logs = [
        log_softmax(row)[target] for row, target in zip(batch[0].tolist(), batch[1].tolist(), strict=True)
    ]
    wanted = [(1 - math.exp(log) ** 0.7) / 0.7 for log in logs]
    loss = GeneralizedCrossEntropy()
    assert loss.per_sample(*batch).tolist() == pytest.approx(wanted, rel=1e-10)
    assert loss(*batch).item() == pytest.approx(sum(wanted) / 6, rel=1e-10)


def test_towards_zero_it_is_cross_entropy_and_at_one_half_the_absolute_error(batch: Batch) -> None:
    logits, targets = batch
    small, wanted = (
        loss.per_sample(logits, targets) for loss in (GeneralizedCrossEntropy(q=1e-9), CrossEntropy())
    )
    assert_close(small, wanted, rtol=1e-7, atol=0)
    error = (logits.softmax(dim=1) - torch.eye(4, dtype=torch.float64)[targets]).abs().sum(dim=1)
    assert_close(
        GeneralizedCrossEntropy(q=1.0).per_sample(logits, targets), error / 2, rtol=1e-10, atol=1e-14
    )


def test_its_gradient_is_that_of_cross_entropy_times_a_power_of_the_probability(batch: Batch) -> None:
    logits, targets = batch[0].requires_grad_(), batch[1]
    ce = CrossEntropy().per_sample(logits, targets)
    (wanted,) = torch.autograd.grad(((-0.7 * ce.detach()).exp() * ce).sum(), logits)
    (produced,) = torch.autograd.grad(GeneralizedCrossEntropy().per_sample(logits, targets).sum(), logits)
    assert_close(produced, wanted, rtol=1e-10, atol=1e-14)


def test_a_hopeless_sample_has_a_bounded_loss() -> None:
    loss = GeneralizedCrossEntropy(q=0.5).per_sample(torch.tensor([[0.0, 1e4]]), torch.tensor([0]))
    assert loss.tolist() == [2.0]


@pytest.mark.parametrize("q", [0.0, -0.5, 1.5, float("nan")])
def test_q_out_of_range_is_refused(q: float) -> None:
    with pytest.raises(InputError, match="q must lie in 0 < q <= 1, but"):
        GeneralizedCrossEntropy(q=q)
