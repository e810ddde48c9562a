import pytest
import torch
from torch import Generator

from counterpoise.errors import InputError
from counterpoise.samplers import (
    DeferredSampler,
    EffectiveNumberSampler,
    EpochAware,
    InOrder,
    ProgressiveSampler,
    Shuffled,
)

COUNTS = torch.tensor([30, 0, 8, 2])
TARGETS = torch.arange(4).repeat_interleave(COUNTS)


def seeded() -> Generator:
    return Generator().manual_seed(0)


def test_it_is_the_one_sampler_before_and_the_other_from_its_start_on() -> None:
    before, after = Shuffled(40), EffectiveNumberSampler(TARGETS, COUNTS)
    sampler = DeferredSampler(before, after, start=3)
    assert len(sampler) == 40
    for epoch in (0, 2, 3, 4, 1):
        sampler.set_epoch(epoch, 5)
        wanted = after if epoch >= 3 else before
        assert torch.equal(sampler.order(seeded()), wanted.order(seeded()))


def test_before_it_hears_the_time_it_is_in_epoch_zero() -> None:
    early, late = (DeferredSampler(InOrder(4), Shuffled(4), start=start) for start in (0, 1))
    assert isinstance(early.active, Shuffled)
    assert isinstance(late.active, InOrder)


def test_it_tells_the_time_to_both() -> None:
    first, second = (ProgressiveSampler(TARGETS, COUNTS) for _ in range(2))
    sampler = DeferredSampler(first, second, start=2)
    assert isinstance(sampler, EpochAware)
    sampler.set_epoch(1, 5)
    assert (first.progress, second.progress) == (0.25, 0.25)


def test_epochs_of_unequal_length_are_refused() -> None:
    with pytest.raises(InputError, match="as many visits per epoch, but 40 and 39 came"):
        DeferredSampler(Shuffled(40), Shuffled(39), start=1)
