import math

import pytest
import torch
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import BinnedMSE

CENTERS = torch.tensor([0.0, 1.0, 2.0, 5.0], dtype=torch.float64)
COUNTS = torch.tensor([50, 0, 30, 20])


@pytest.mark.parametrize("s", [0.5, 4.0])
def test_losses_are_those_of_a_loop(s: float) -> None:
    x, t = 3 * torch.randn(2, 7, dtype=torch.float64)
    wanted = []
    for a, b in zip(x.tolist(), t.tolist(), strict=True):
        sums = sum(
            n / 100 * math.exp(-((a - c) ** 2) / (2 * s * s))
            for n, c in zip(COUNTS.tolist(), CENTERS.tolist(), strict=True)
        )
        wanted.append((a - b) ** 2 + 2 * s * s * math.log(sums))
    loss = BinnedMSE(CENTERS, COUNTS, noise_sigma=s).double()
    wanted = torch.tensor(wanted, dtype=torch.float64)
    assert_close(loss.per_sample(x, t).detach(), wanted, rtol=1e-6, atol=1e-6)


def test_bins_without_targets_are_left_out() -> None:
    assert BinnedMSE(CENTERS, COUNTS).centers.flatten().tolist() == [0.0, 2.0, 5.0]


def test_only_shares_matter() -> None:
    x, t = torch.randn(2, 5, dtype=torch.float64)
    counts, shares = (BinnedMSE(CENTERS, some).double() for some in (COUNTS.double(), COUNTS / 100.0))
    assert_close(counts(x, t), shares(x, t), rtol=1e-6, atol=1e-6)


def test_the_loss_may_be_negative() -> None:
    assert BinnedMSE(CENTERS, COUNTS, noise_sigma=0.1)(torch.tensor([5.0]), torch.tensor([5.0])) < 0


@pytest.mark.parametrize("counts", [COUNTS[:3], -COUNTS, 0 * COUNTS])
def test_counts_that_are_none_are_refused(counts: torch.Tensor) -> None:
    with pytest.raises(InputError, match="one of the 4 bins needs a count from 0, not all 0"):
        BinnedMSE(CENTERS, counts)
