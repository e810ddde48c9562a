import pytest
import torch
from torch import Generator

from counterpoise.errors import InputError
from counterpoise.samplers import RepeatFactorSampler, repeat_factors

LABELS = [torch.tensor(found, dtype=torch.int64) for found in ([0, 0, 1], [0], [], [0, 2], [0, 1])] * 2
"""Of 10 pictures, 8 show category 0, 4 category 1, 2 category 2, and 2 nothing."""


def seeded(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def test_the_rarest_category_of_a_picture_decides() -> None:
    factors = repeat_factors(LABELS, threshold=0.5)
    rare, common = (0.5 / 0.2) ** 0.5, (0.5 / 0.4) ** 0.5
    assert factors.tolist() == pytest.approx([common, 1, 1, rare, common] * 2)


def test_frequent_categories_are_not_repeated() -> None:
    assert repeat_factors(LABELS, threshold=0.2).tolist() == [1] * 10
    assert repeat_factors([torch.zeros(0).long()] * 3).tolist() == [1] * 3


def test_an_epoch_rounds_each_factor_and_is_as_long_as_the_next() -> None:
    factors = repeat_factors(LABELS, threshold=1)
    sampler = RepeatFactorSampler(LABELS, threshold=1)
    assert len(sampler) == int(factors.sum())
    for seed in range(20):
        times = sampler.order(seeded(seed)).bincount(minlength=10)
        assert times.sum() == len(sampler)
        assert ((times == factors.floor()) | (times == factors.ceil())).all()


def test_on_average_a_picture_comes_as_often_as_its_factor_says() -> None:
    sampler, generator = RepeatFactorSampler(LABELS, threshold=1), seeded()
    times = torch.stack([sampler.order(generator).bincount(minlength=10) for _ in range(3000)])
    factors = repeat_factors(LABELS, threshold=1)
    fractions = factors - factors.floor()
    expected = factors.floor() + fractions * int(fractions.sum()) / fractions.sum()
    assert torch.allclose(times.double().mean(dim=0), expected, atol=0.03)


def test_positions_are_shuffled_by_the_generator_alone() -> None:
    sampler, state = RepeatFactorSampler(LABELS, threshold=1), torch.get_rng_state()
    first, again, other = (sampler.order(seeded(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert not torch.equal(first, first.sort().values)
    assert torch.equal(torch.get_rng_state(), state)


def test_without_rare_categories_every_picture_comes_once() -> None:
    order = RepeatFactorSampler(LABELS).order(seeded())
    assert sorted(order.tolist()) == list(range(10))


@pytest.mark.parametrize("threshold", [0, -1, 1.5, float("nan")])
def test_a_threshold_outside_its_range(threshold: float) -> None:
    with pytest.raises(InputError, match=r"0 < t <= 1"):
        RepeatFactorSampler(LABELS, threshold=threshold)


def test_no_picture() -> None:
    with pytest.raises(InputError, match="at least 1 picture"):
        RepeatFactorSampler([])
