import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import HuberLoss


@pytest.mark.parametrize("beta", [0.3, 1.0, 3.0])
def test_losses_are_those_of_a_loop(beta: float) -> None:
    predictions, targets = 2 * torch.randn(2, 40, dtype=torch.float64)
    errors = (predictions - targets).abs().tolist()
    wanted = [e**2 / (2 * beta) if e < beta else e - beta / 2 for e in errors]
    assert min(errors) < beta < max(errors)
    produced = HuberLoss(beta=beta).per_sample(predictions, targets)
    assert_close(produced, torch.tensor(wanted, dtype=torch.float64), rtol=1e-12, atol=1e-15)
    assert_close(beta * produced, F.huber_loss(predictions, targets, reduction="none", delta=beta))


def test_the_gradient_is_right() -> None:
    predictions, targets = 2 * torch.randn(2, 9, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda x: HuberLoss()(x, targets), predictions.requires_grad_())


@pytest.mark.parametrize("beta", [0.0, -1.0, float("nan")])
def test_a_beta_that_is_not_above_zero_is_refused(beta: float) -> None:
    with pytest.raises(InputError, match=f"beta must be above 0, but {beta} came"):
        HuberLoss(beta=beta)
