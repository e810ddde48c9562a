import math

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.losses import BalancedSoftmaxLoss, CrossEntropy, LogitAdjustedLoss

from .conftest import LogSoftmax

Batch = tuple[Tensor, Tensor]


def test_losses_are_those_of_a_loop(batch: Batch, counts: Tensor, log_softmax: LogSoftmax) -> None:
    priors = [count / 129 for count in counts.tolist()]
    wanted = []
    for row, target in zip(batch[0].tolist(), batch[1].tolist(), strict=True):
        adjusted = [z + math.log(prior**1.5 + 1e-12) for z, prior in zip(row, priors, strict=True)]
        wanted.append(-log_softmax(adjusted)[target])
    loss = LogitAdjustedLoss(counts, tau=1.5)
    assert loss.per_sample(*batch).tolist() == pytest.approx(wanted, rel=1e-10)
    assert loss(*batch).item() == pytest.approx(sum(wanted) / 6, rel=1e-10)


def test_tau_one_is_balanced_softmax(batch: Batch, counts: Tensor) -> None:
    produced, wanted = (kind(counts)(*batch) for kind in (LogitAdjustedLoss, BalancedSoftmaxLoss))
    assert_close(produced, wanted, rtol=1e-9, atol=0)


def test_tau_zero_and_equal_counts_are_cross_entropy(batch: Batch, counts: Tensor) -> None:
    wanted = CrossEntropy()(*batch)
    assert_close(LogitAdjustedLoss(counts, tau=0.0)(*batch), wanted, rtol=1e-10, atol=0)
    assert_close(LogitAdjustedLoss(torch.ones(4), tau=2.0)(*batch), wanted, rtol=1e-10, atol=0)


def test_a_class_without_samples_stays_finite(batch: Batch) -> None:
    assert LogitAdjustedLoss(torch.tensor([5, 3, 2, 0])).per_sample(*batch).isfinite().all()
