import pytest
import torch
from torch import Generator
from torch.testing import assert_close

from counterpoise.samplers import PowerSampler, ProgressiveSampler

COUNTS = torch.tensor([30000, 0, 15000, 4500, 500])
TARGETS = torch.arange(5).repeat_interleave(COUNTS)


def seeded(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


@pytest.mark.parametrize("epoch", [0, 1, 4])
def test_classes_come_as_often_as_a_loop_says(epoch: int) -> None:
    sampler = ProgressiveSampler(TARGETS, COUNTS)
    sampler.set_epoch(epoch, 5)
    t = epoch / 4
    wanted = [(1 - t) * n / 50000 + t / 4 if n else 0.0 for n in COUNTS.tolist()]
    order = sampler.order(seeded())
    assert len(sampler) == len(order) == 50000
    share = torch.bincount(TARGETS[order], minlength=5).double() / 50000
    assert share[1] == 0
    assert_close(share, torch.tensor(wanted, dtype=torch.float64), rtol=0, atol=0.01)


def test_it_begins_with_instances_and_ends_with_classes() -> None:
    sampler = ProgressiveSampler(TARGETS, COUNTS)
    for epoch, power in ((0, 1), (89, 0)):
        sampler.set_epoch(epoch, 90)
        wanted = PowerSampler(TARGETS, COUNTS, power=power).order(seeded())
        assert torch.equal(sampler.order(seeded()), wanted)


def test_before_the_first_epoch_and_in_a_single_epoch_it_is_instance_balanced() -> None:
    untold, single = ProgressiveSampler(TARGETS, COUNTS), ProgressiveSampler(TARGETS, COUNTS)
    single.set_epoch(0, 1)
    wanted = PowerSampler(TARGETS, COUNTS, power=1).order(seeded())
    assert torch.equal(untold.order(seeded()), wanted)
    assert torch.equal(single.order(seeded()), wanted)


def test_an_epoch_can_be_replayed_after_others() -> None:
    sampler = ProgressiveSampler(TARGETS, COUNTS)
    sampler.set_epoch(2, 5)
    first = sampler.order(seeded(1))
    sampler.set_epoch(4, 5)
    other = sampler.order(seeded(1))
    sampler.set_epoch(2, 5)
    assert torch.equal(sampler.order(seeded(1)), first)
    assert not torch.equal(other, first)
