import inspect

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import (
    BalancedMSE,
    BatchMonteCarloMSE,
    BinnedMSE,
    GaussianMixtureMSE,
    TargetMixture,
)
from counterpoise.losses.balanced_mse import squared_distances


def mixture(width: int) -> TargetMixture:
    spreads = torch.eye(width, dtype=torch.float64) * torch.tensor([1.0, 4.0], dtype=torch.float64).view(
        2, 1, 1
    )
    means = torch.tensor([[1.0], [9.0]], dtype=torch.float64).expand(2, width)
    return TargetMixture(torch.tensor([0.7, 0.3], dtype=torch.float64), means, spreads)


def losses(width: int = 1, **options) -> list[BalancedMSE]:
    centers = torch.tensor([[0.0], [4.0], [9.0]], dtype=torch.float64).expand(3, width)
    counts = torch.tensor([6.0, 3.0, 1.0], dtype=torch.float64)
    made = (
        BatchMonteCarloMSE(**options),
        GaussianMixtureMSE(mixture(width), **options),
        BinnedMSE(centers, counts, **options),
    )
    return [loss.double() for loss in made]


def numbers(*shape: int) -> tuple[Tensor, Tensor]:
    predictions, targets = 3 * torch.randn(2, *shape, dtype=torch.float64) + 4
    return predictions, targets


def test_it_is_abstract() -> None:
    assert inspect.isabstract(BalancedMSE)


@pytest.mark.parametrize("which", range(3))
@pytest.mark.parametrize("width", [1, 2])
def test_gradients_are_right_but_for_the_factor(which: int, width: int) -> None:
    """The factor 2 s^2 has no gradient, so that of s is that of the loss over its factor."""
    loss, (x, t) = losses(width, noise_sigma=1.5)[which], numbers(5, width)
    assert torch.autograd.gradcheck(lambda x: loss(x, t), x.requires_grad_())
    (produced,) = torch.autograd.grad(loss(x, t), loss.noise_sigma)
    step, around = 1e-5, []
    for s in (1.5 - step, 1.5 + step):
        loss.noise_sigma.data.fill_(s)
        around.append(loss(x, t).item() / (2 * s**2))
    assert produced.item() == pytest.approx(2 * 1.5**2 * (around[1] - around[0]) / (2 * step), rel=1e-6)


@pytest.mark.parametrize("which", range(3))
def test_the_noise_is_learned_or_fixed(which: int) -> None:
    x, t = numbers(4)
    learned, fixed = (losses(learn_noise=learn)[which] for learn in (True, False))
    assert [loss.noise_sigma.requires_grad for loss in (learned, fixed)] == [True, False]
    assert list(learned.state_dict()) == ["noise_sigma"]
    assert torch.equal(learned(x, t), fixed(x, t))


@pytest.mark.parametrize("which", [1, 2])
def test_numbers_of_a_map_are_targets_of_their_own(which: int) -> None:
    x, t = numbers(3, 1, 2, 2)
    loss = losses()[which]
    wanted = loss.per_sample(x.flatten(), t.flatten()).view(3, 4).mean(dim=1)
    assert_close(loss.per_sample(x, t), wanted, rtol=1e-11, atol=0)


@pytest.mark.parametrize("which", range(3))
def test_an_empty_dimension_changes_nothing(which: int) -> None:
    x, t = numbers(6)
    loss = losses()[which]
    assert_close(loss.per_sample(x.unsqueeze(1), t.unsqueeze(1)), loss.per_sample(x, t), rtol=1e-12, atol=0)


@pytest.mark.parametrize("which", range(3))
def test_far_predictions_stay_finite(which: int) -> None:
    x = torch.tensor([1e4, -1e4, 0.0], dtype=torch.float64, requires_grad=True)
    value = losses(noise_sigma=0.1)[which](x, torch.zeros(3, dtype=torch.float64))
    assert value.isfinite()
    assert torch.autograd.grad(value, x)[0].isfinite().all()


@pytest.mark.parametrize("noise_sigma", [0.0, -1.0, float("nan")])
def test_noise_that_is_not_above_zero_is_refused(noise_sigma: float) -> None:
    with pytest.raises(InputError, match=f"noise_sigma must be above 0, but {noise_sigma} came"):
        BatchMonteCarloMSE(noise_sigma=noise_sigma)


@pytest.mark.parametrize("which", range(3))
def test_targets_of_another_shape_are_refused(which: int) -> None:
    with pytest.raises(InputError, match="one shape"):
        losses()[which](torch.zeros(4, 1), torch.zeros(4))


def test_distances_are_those_of_a_loop_and_exactly_zero_where_equal() -> None:
    rows = 1e4 * torch.randn(5, 3, dtype=torch.float64)
    found = squared_distances(rows, rows)
    assert_close(found[1, 3], sum((a - b) ** 2 for a, b in zip(rows[1], rows[3], strict=True)))
    assert found.diagonal().tolist() == [0.0] * 5
