import math

import pytest
import torch
from torch.testing import assert_close

from counterpoise.dense_weight import DenseWeight
from counterpoise.errors import InputError


def looped_density(train: list[float], at: list[float]) -> list[float]:
    n, mean = len(train), sum(train) / len(train)
    width = 1.06 * math.sqrt(sum((y - mean) ** 2 for y in train) / n) * n ** (-1 / 5)
    height = n * width * math.sqrt(2 * math.pi)
    return [sum(math.exp(-((a - y) ** 2) / (2 * width**2)) for y in train) / height for a in at]


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0, 2.0])
def test_weights_are_those_of_a_loop(alpha: float) -> None:
    targets = torch.cat([torch.randn(40), torch.tensor([2.0, 2.0, 7.0])]).double()
    density = looped_density(targets.tolist(), targets.tolist())
    low, high = min(density), max(density)
    unscaled = [max(1 - alpha * (p - low) / (high - low), 1e-6) for p in density]
    mean = sum(unscaled) / len(unscaled)
    wanted = torch.tensor([w / mean for w in unscaled], dtype=torch.float64)
    weigh = DenseWeight(targets, alpha=alpha)
    assert_close(weigh.density(targets), torch.tensor(density, dtype=torch.float64), rtol=1e-11, atol=0)
    assert_close(weigh(targets), wanted, rtol=1e-9, atol=1e-12)
    assert weigh(targets).mean().item() == pytest.approx(1, rel=1e-12)


def test_other_targets_have_weights_between_those_of_training() -> None:
    targets = torch.randn(50)
    weigh, points = DenseWeight(targets), torch.linspace(-9, 9, 3001)
    assert weigh(points).min() >= weigh(targets).min() - 1e-12
    assert weigh(points).max() <= weigh(targets).max() + 1e-12
    wanted = torch.tensor(looped_density(targets.tolist(), points[:5].tolist()), dtype=torch.float64)
    assert_close(weigh.density(points)[:5], wanted, rtol=1e-4, atol=0)


def test_rare_targets_weigh_more() -> None:
    weights = DenseWeight(torch.tensor([1, 1, 1, 1, 2, 2, 9]))(torch.tensor([1, 2, 9]))
    assert weights[0] < weights[1] < weights[2]


def test_constant_targets_weigh_the_same() -> None:
    targets = torch.full((6,), 3.0)
    assert DenseWeight(targets)(targets).tolist() == [1.0] * 6


@pytest.mark.parametrize(
    ("targets", "options", "message"),
    [
        (torch.empty(0), {}, r"targets must be \(N,\) finite"),
        (torch.ones(3, 1), {}, r"\(3, 1\) came"),
        (torch.tensor([1.0, torch.nan]), {}, "finite"),
        (torch.ones(3), {"alpha": -1.0}, "alpha must be 0 or more"),
        (torch.ones(3), {"floor": 0.0}, "floor above 0"),
    ],
)
def test_what_does_not_fit_is_refused(targets, options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        DenseWeight(targets, **options)
