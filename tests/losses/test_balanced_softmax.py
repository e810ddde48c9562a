import math

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.losses import BalancedSoftmaxLoss, CrossEntropy

Batch = tuple[Tensor, Tensor]


def test_losses_are_those_of_a_loop(batch: Batch, counts: Tensor) -> None:
    wanted = []
    for row, target in zip(batch[0].tolist(), batch[1].tolist(), strict=True):
        shares = [count * math.exp(z) for count, z in zip(counts.tolist(), row, strict=True)]
        wanted.append(-math.log(shares[target] / sum(shares)))
    loss = BalancedSoftmaxLoss(counts)
    assert loss.per_sample(*batch).tolist() == pytest.approx(wanted, rel=1e-10)
    assert loss(*batch).item() == pytest.approx(sum(wanted) / 6, rel=1e-10)


def test_only_ratios_of_the_counts_matter(batch: Batch, counts: Tensor) -> None:
    produced, wanted = (BalancedSoftmaxLoss(factor * counts)(*batch) for factor in (1, 9))
    assert_close(produced, wanted, rtol=1e-12, atol=0)


def test_a_class_without_samples_takes_no_part(batch: Batch) -> None:
    logits, targets = batch[0].requires_grad_(), torch.tensor([0, 1, 2, 2, 1, 0])
    loss = BalancedSoftmaxLoss(torch.tensor([7, 7, 7, 0]))(logits, targets)
    assert_close(loss, CrossEntropy()(logits[:, :3], targets), rtol=1e-6, atol=0)
    (gradient,) = torch.autograd.grad(loss, logits)
    assert gradient.isfinite().all()
    assert gradient[:, 3].count_nonzero() == 0


def test_a_sample_of_a_class_without_samples_has_an_infinite_loss(batch: Batch) -> None:
    per_sample = BalancedSoftmaxLoss(torch.tensor([7, 7, 7, 0])).per_sample(*batch)
    assert per_sample.isinf().tolist() == (batch[1] == 3).tolist()
