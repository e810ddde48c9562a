import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.samplers import (
    effective_number_probabilities,
    power_probabilities,
    progressive_probabilities,
    reversed_probabilities,
    reversed_weights,
)

COUNTS = torch.tensor([500, 0, 83, 12, 1])
RULES = {
    "instance": lambda counts: power_probabilities(counts, 1),
    "square root": lambda counts: power_probabilities(counts, 0.5),
    "balanced": lambda counts: power_probabilities(counts, 0),
    "against": lambda counts: power_probabilities(counts, -1),
    "progressive": lambda counts: progressive_probabilities(counts, 0.3),
    "reversed": reversed_probabilities,
    "effective": lambda counts: effective_number_probabilities(counts, 0.999),
}
LOOPED = {
    "instance": lambda n: n,
    "square root": lambda n: n**0.5,
    "balanced": lambda n: 1.0,
    "against": lambda n: 1 / n,
    "progressive": lambda n: 0.7 * n / 596 + 0.3 / 4,
    "reversed": lambda n: 500 / n,
    "effective": lambda n: n * 0.001 / (1 - 0.999**n),
}
every_rule = pytest.mark.parametrize("rule", RULES)


@every_rule
def test_probabilities_are_those_of_a_loop(rule: str) -> None:
    weights = [float(LOOPED[rule](n)) if n else 0.0 for n in COUNTS.tolist()]
    wanted = torch.tensor([weight / sum(weights) for weight in weights], dtype=torch.float64)
    assert_close(RULES[rule](COUNTS), wanted, rtol=1e-12, atol=0)


@every_rule
def test_they_sum_to_one_and_an_empty_class_has_none(rule: str) -> None:
    probabilities: Tensor = RULES[rule](COUNTS)
    assert probabilities.dtype == torch.float64
    assert probabilities[1] == 0
    assert (probabilities[COUNTS > 0] > 0).all()
    assert_close(probabilities.sum().item(), 1.0, rtol=1e-12, atol=0)


@every_rule
def test_classes_of_one_size_are_equally_likely(rule: str) -> None:
    if rule == "progressive":
        wanted = progressive_probabilities(torch.tensor([7, 7, 7, 7]), 1.0)
    else:
        wanted = RULES[rule](torch.tensor([7, 7, 7, 7]))
    assert_close(wanted, torch.full((4,), 0.25, dtype=torch.float64))


def test_the_progress_leads_from_instances_to_classes() -> None:
    assert torch.equal(progressive_probabilities(COUNTS, 0.0), power_probabilities(COUNTS, 1))
    assert torch.equal(progressive_probabilities(COUNTS, 1.0), power_probabilities(COUNTS, 0))


def test_the_reversed_weight_of_the_largest_class_is_one() -> None:
    weights = reversed_weights(COUNTS)
    assert weights.tolist() == pytest.approx([1, 0, 500 / 83, 500 / 12, 500])


def test_beta_zero_is_instance_balanced_and_beta_near_one_class_balanced() -> None:
    assert_close(effective_number_probabilities(COUNTS, 0.0), power_probabilities(COUNTS, 1))
    near = effective_number_probabilities(COUNTS, 1 - 1e-9)
    assert_close(near, power_probabilities(COUNTS, 0), rtol=1e-5, atol=0)


@pytest.mark.parametrize("beta", [-0.1, 1.0, float("nan")])
def test_a_beta_outside_is_refused(beta: float) -> None:
    with pytest.raises(InputError, match=r"0 <= beta < 1"):
        effective_number_probabilities(COUNTS, beta)
