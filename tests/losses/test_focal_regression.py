import math

import pytest
import torch
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import FocalL1Loss, FocalMSELoss, L1Loss, MSELoss, sigmoid_activation

Focal = type[FocalL1Loss] | type[FocalMSELoss]
both = pytest.mark.parametrize(("kind", "exponent"), [(FocalL1Loss, 1), (FocalMSELoss, 2)])


def sigmoid(z: float) -> float:
    return 2 / (1 + math.exp(-z)) - 1


@both
@pytest.mark.parametrize(("activation", "looped"), [(sigmoid_activation, sigmoid), (torch.tanh, math.tanh)])
@pytest.mark.parametrize(("beta", "gamma"), [(0.2, 1.0), (20.0, 2.0), (0.7, 0.5)])
def test_losses_are_those_of_a_loop(kind: Focal, exponent: int, activation, looped, beta, gamma) -> None:
    predictions, targets = torch.randn(2, 12, dtype=torch.float64)
    errors = (predictions - targets).abs().tolist()
    wanted = [looped(beta * e) ** gamma * e**exponent for e in errors]
    loss = kind(beta=beta, gamma=gamma, activation=activation)
    produced = loss.per_sample(predictions, targets)
    assert_close(produced, torch.tensor(wanted, dtype=torch.float64), rtol=1e-11, atol=1e-15)


@both
def test_the_defaults_are_those_of_the_released_code_for_ages(kind: Focal, exponent: int) -> None:
    loss = kind()
    assert (loss.beta, loss.gamma, loss.activation) == (0.2, 1.0, sigmoid_activation)


@pytest.mark.parametrize(("kind", "plain"), [(FocalL1Loss, L1Loss), (FocalMSELoss, MSELoss)])
def test_gamma_zero_is_the_plain_loss(kind: Focal, plain: type[L1Loss] | type[MSELoss]) -> None:
    predictions, targets = torch.randn(2, 12, dtype=torch.float64)
    predictions[0] = targets[0]
    assert torch.equal(kind(gamma=0.0)(predictions, targets), plain()(predictions, targets))


@both
def test_the_gradient_flows_through_the_factor(kind: Focal, exponent: int) -> None:
    predictions, targets = torch.randn(2, 6, dtype=torch.float64)
    loss = kind(beta=2.0, gamma=1.5, activation=torch.tanh)
    assert torch.autograd.gradcheck(lambda x: loss(x, targets), predictions.requires_grad_())


@both
@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0])
def test_a_hit_has_loss_and_slope_zero(kind: Focal, exponent: int, gamma: float) -> None:
    predictions = torch.tensor([3.0], requires_grad=True)
    loss = kind(gamma=gamma)(predictions, torch.tensor([3.0]))
    assert loss.item() == 0
    assert torch.autograd.grad(loss, predictions)[0].item() == 0


@both
@pytest.mark.parametrize("options", [{"beta": -0.1}, {"gamma": -1.0}])
def test_a_negative_scale_or_power_is_refused(kind: Focal, exponent: int, options: dict) -> None:
    with pytest.raises(InputError, match="beta and gamma must be 0 or more"):
        kind(**options)
