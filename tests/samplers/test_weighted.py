import pytest
import torch
from torch import Generator, Tensor

from counterpoise.errors import InputError
from counterpoise.samplers import LateWeightedSampler, WeightedSampler, weighted_draws


def draws(weights: Tensor, seed: int = 0) -> Tensor:
    return WeightedSampler(weights).order(Generator().manual_seed(seed))


def test_samples_come_in_proportion_to_their_weights() -> None:
    weights = torch.tensor([1.0, 3.0, 0.0, 6.0]).repeat(5000)
    found = torch.bincount(draws(weights) % 4, minlength=4)
    assert found[2] == 0
    assert (found / 20_000 - torch.tensor([0.1, 0.3, 0.0, 0.6])).abs().max() < 0.02


def test_the_order_is_random() -> None:
    found = draws(torch.ones(5000)).double()
    places = torch.arange(5000.0, dtype=torch.float64)
    assert abs(torch.corrcoef(torch.stack([found, places]))[0, 1]) < 0.05


def test_only_the_generator_decides() -> None:
    weights = torch.rand(100)
    assert torch.equal(draws(weights), draws(weights))
    assert not torch.equal(draws(weights), draws(weights, seed=1))


@pytest.mark.parametrize("weights", [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
def test_a_weight_of_zero_is_never_drawn_at_either_end(weights: list[float]) -> None:
    assert draws(torch.tensor(weights)).tolist() == [weights.index(1.0)] * 3


def test_late_weights_are_asked_for_in_each_epoch() -> None:
    now = [torch.tensor([1.0, 0.0])]
    sampler = LateWeightedSampler(2, lambda: now[0])
    assert len(sampler) == 2
    assert sampler.order(Generator()).tolist() == [0, 0]
    now[0] = torch.tensor([0.0, 1.0])
    assert sampler.order(Generator()).tolist() == [1, 1]


def test_late_weights_draw_as_given_ones_do() -> None:
    weights = torch.rand(50)
    late = LateWeightedSampler(50, lambda: weights).order(Generator().manual_seed(3))
    assert torch.equal(late, weighted_draws(weights, Generator().manual_seed(3)))


@pytest.mark.parametrize("weights", [[-1.0, 2.0], [0.0, 0.0], [torch.nan, 1.0], [torch.inf, 1.0], []])
def test_weights_that_cannot_be_drawn_by_are_refused(weights: list[float]) -> None:
    with pytest.raises(InputError, match="weights must be"):
        WeightedSampler(torch.tensor(weights))


def test_late_weights_of_no_samples_are_refused() -> None:
    with pytest.raises(InputError, match="at least 1 sample"):
        LateWeightedSampler(0, lambda: torch.ones(0))
