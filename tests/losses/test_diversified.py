import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import (
    CrossEntropy,
    Deferred,
    Diversified,
    EachExpert,
    FocalLoss,
    diversity_temperatures,
)

TARGETS = torch.tensor([0, 3, 1, 1, 2, 0])
TEMPERATURES = torch.tensor([1.0, 0.9, 0.5, 0.4], dtype=torch.float64)


def made(factor: float = -0.3, temperatures: Tensor = TEMPERATURES) -> Diversified:
    return Diversified(EachExpert([CrossEntropy()] * 3), 3, factor=factor, temperatures=temperatures)


@pytest.fixture
def outputs() -> Tensor:
    return 3 * torch.randn(6, 3 * 4, dtype=torch.float64)


def softmax(row: list[float]) -> list[float]:
    powers = [math.exp(z / t) for z, t in zip(row, TEMPERATURES.tolist(), strict=True)]
    return [power / sum(powers) for power in powers]


def test_the_diversity_is_that_of_a_loop(outputs: Tensor) -> None:
    wanted = []
    for row in outputs.unflatten(1, (3, 4)).tolist():
        together = softmax([sum(logits) / 3 for logits in zip(*row, strict=True)])
        pairs = [zip(together, softmax(logits), strict=True) for logits in row]
        wanted.append(sum(p * math.log(p / q) for pair in pairs for p, q in pair) * (2.8 / 4) ** 2)
    assert made().diversity(outputs).tolist() == pytest.approx(wanted, rel=1e-10)


def test_it_is_added_with_its_factor(outputs: Tensor) -> None:
    loss, plain = made(), EachExpert([CrossEntropy()] * 3)
    diversity = loss.diversity(outputs)
    assert_close(loss(outputs, TARGETS), plain(outputs, TARGETS) - 0.3 * diversity.mean())
    assert_close(loss.per_sample(outputs, TARGETS), plain.per_sample(outputs, TARGETS) - 0.3 * diversity)
    assert_close(made(0.0)(outputs, TARGETS), plain(outputs, TARGETS))


def test_equal_experts_have_no_diversity() -> None:
    equal = torch.randn(6, 4, dtype=torch.float64).repeat(1, 3)
    assert_close(made().diversity(equal), torch.zeros(6, dtype=torch.float64))


@pytest.mark.parametrize("factor", [-0.3, 0.3])
def test_a_negative_factor_pushes_apart_and_a_positive_one_together(outputs: Tensor, factor: float) -> None:
    loss, before = made(factor), made().diversity(outputs)
    outputs.requires_grad_()
    (gradient,) = torch.autograd.grad(factor * loss.diversity(outputs).sum(), outputs)
    moved = loss.diversity(outputs.detach() - 0.01 * gradient)
    assert ((moved > before) == (factor < 0)).all()


def test_the_mean_gets_no_gradient(outputs: Tensor) -> None:
    """The gradient of an expert is that of a divergence from a constant."""
    outputs.requires_grad_()
    (gradient,) = torch.autograd.grad(made().diversity(outputs).sum(), outputs)
    logits = outputs.detach().unflatten(1, (3, 4))
    together = (logits.mean(dim=1, keepdim=True) / TEMPERATURES).softmax(dim=2)
    wanted = ((logits / TEMPERATURES).softmax(dim=2) - together) / TEMPERATURES * 0.7**2
    assert_close(gradient, wanted.flatten(1))


def test_there_is_a_gradient_of_the_gradient(outputs: Tensor) -> None:
    """As autograd has it for the formula, with the mean held constant."""

    def written(given: Tensor) -> Tensor:
        logits = given.unflatten(1, (3, 4)) / TEMPERATURES
        together = logits.mean(dim=1, keepdim=True).detach().log_softmax(dim=2)
        distances = together.exp() * (together - logits.log_softmax(dim=2))
        return 0.7**2 * distances.sum(dim=(1, 2))

    found = [squared_slope(diversity, outputs) for diversity in (made().diversity, written)]
    assert_close(*found)


def squared_slope(diversity: Callable[[Tensor], Tensor], outputs: Tensor) -> Tensor:
    """Gradient of half the squared gradient, in which the mean of the logits is constant once more."""
    given = outputs.clone().requires_grad_()
    (slope,) = torch.autograd.grad(diversity(given).sum(), given, create_graph=True)
    (again,) = torch.autograd.grad(slope.square().sum() / 2, given)
    return again


def test_temperatures_fall_with_the_counts(counts: Tensor) -> None:
    """v = C * prior * spread + 1 - spread, by hand."""
    found = diversity_temperatures(counts, spread=0.5)
    scaled = [4 * n / 129 * 0.5 + 0.5 for n in (100, 20, 7, 2)]
    assert found.tolist() == pytest.approx([one / scaled[0] for one in scaled], rel=1e-12)
    assert torch.equal(diversity_temperatures(counts, spread=0.0, highest=1.5), torch.full_like(counts, 1.5))
    balanced = diversity_temperatures(torch.full((4,), 9), spread=0.5)
    assert torch.equal(balanced, torch.ones(4))


def test_half_precision_is_computed_in_float32(outputs: Tensor) -> None:
    half = outputs.bfloat16()
    assert made(temperatures=TEMPERATURES.float()).diversity(half).dtype == torch.float32


def test_the_loss_hears_the_time() -> None:
    loss = Deferred(CrossEntropy(), FocalLoss(), start=2)
    Diversified(EachExpert([loss] * 3), 3, factor=1.0, temperatures=TEMPERATURES).set_epoch(2)
    assert loss.epoch == 2


def test_what_makes_no_sense_is_refused(counts: Tensor) -> None:
    with pytest.raises(
        InputError, match=r"temperatures must be \(C,\) numbers above 0, but \[1.0, 0.0\] came"
    ):
        made(temperatures=torch.tensor([1.0, 0.0]))
    for spread, highest in ((1.0, 1.0), (-0.1, 1.0), (0.5, 0.0)):
        with pytest.raises(InputError, match=f"spread {spread} and highest {highest} came"):
            diversity_temperatures(counts, spread=spread, highest=highest)
