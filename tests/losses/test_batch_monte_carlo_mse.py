import math

import pytest
import torch
from torch.testing import assert_close

from counterpoise.losses import BatchMonteCarloMSE


@pytest.mark.parametrize("width", [1, 2])
@pytest.mark.parametrize("s", [0.7, 10.0])
def test_losses_are_those_of_a_loop(width: int, s: float) -> None:
    x, t = 5 * torch.randn(2, 6, width, dtype=torch.float64)
    wanted = []
    for i in range(6):
        logits = [-sum((x[i, d] - t[j, d]).item() ** 2 for d in range(width)) / (2 * s * s) for j in range(6)]
        wanted.append(2 * s * s * (math.log(sum(map(math.exp, logits))) - logits[i]))
    produced = BatchMonteCarloMSE(noise_sigma=s).double()
    produced.noise_sigma.data.fill_(s)
    wanted = torch.tensor(wanted, dtype=torch.float64)
    assert_close(produced.per_sample(x, t).detach(), wanted, rtol=1e-10, atol=1e-10)


def test_a_batch_of_one_has_loss_and_slope_zero() -> None:
    x = torch.tensor([3.0], requires_grad=True)
    loss = BatchMonteCarloMSE()(x, torch.tensor([7.0]))
    assert loss.item() == 0
    assert torch.autograd.grad(loss, x)[0].item() == 0


def test_equal_targets_stay_rivals() -> None:
    loss = BatchMonteCarloMSE(noise_sigma=1.0)(torch.tensor([2.0, 5.0, 1.0]), torch.full((3,), 4.0))
    assert loss.item() == pytest.approx(2 * math.log(3), rel=1e-6)


def test_with_little_noise_only_nearer_targets_count() -> None:
    x, t = 5 * torch.randn(2, 8, dtype=torch.float64)
    nearest = (x.unsqueeze(1) - t).square().amin(dim=1)
    loss = BatchMonteCarloMSE(noise_sigma=1e-4).double()(x, t)
    assert_close(loss.detach(), ((x - t).square() - nearest).mean(), rtol=1e-5, atol=1e-6)
