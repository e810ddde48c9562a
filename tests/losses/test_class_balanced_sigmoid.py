import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import ClassBalancedSigmoidLoss

Batch = tuple[Tensor, Tensor]


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_losses_are_those_of_a_loop(gamma: float, batch: Batch, counts: Tensor) -> None:
    raw = [(1 - 0.99) / (1 - 0.99**count) for count in counts.tolist()]
    wanted = []
    for row, target in zip(batch[0].tolist(), batch[1].tolist(), strict=True):
        signed = [z if c == target else -z for c, z in enumerate(row)]
        terms = [(1 - 1 / (1 + math.exp(-z))) ** gamma * math.log(1 + math.exp(-z)) for z in signed]
        wanted.append(4 * raw[target] / sum(raw) * sum(terms))
    loss = ClassBalancedSigmoidLoss(counts, beta=0.99, gamma=gamma)
    assert loss.per_sample(*batch).tolist() == pytest.approx(wanted, rel=1e-9)
    assert loss(*batch).item() == pytest.approx(sum(wanted) / 6, rel=1e-9)


def test_beta_and_gamma_zero_are_plain_sigmoid_cross_entropy(batch: Batch, counts: Tensor) -> None:
    truth = F.one_hot(batch[1], 4).double()
    wanted = F.binary_cross_entropy_with_logits(batch[0], truth, reduction="sum") / 6
    assert_close(ClassBalancedSigmoidLoss(counts, beta=0.0, gamma=0.0)(*batch), wanted, rtol=1e-12, atol=0)


def test_the_gradient_flows_through_the_factor(batch: Batch, counts: Tensor) -> None:
    loss = ClassBalancedSigmoidLoss(counts, gamma=2.0)
    assert torch.autograd.gradcheck(lambda z: loss(z, batch[1]), batch[0].requires_grad_())


def test_certain_answers_have_finite_gradients(counts: Tensor) -> None:
    logits = torch.tensor([[1e4, -1e4, -1e4, -1e4]], requires_grad=True)
    loss = ClassBalancedSigmoidLoss(counts.float(), gamma=0.5)(logits, torch.tensor([0]))
    assert loss.item() == 0
    assert torch.autograd.grad(loss, logits)[0].isfinite().all()


def test_a_negative_gamma_is_refused(counts: Tensor) -> None:
    with pytest.raises(InputError, match=r"gamma must be 0 or more, but -0.5 came"):
        ClassBalancedSigmoidLoss(counts, gamma=-0.5)
