import torch
from torch import Generator
from torch.testing import assert_close

from counterpoise.samplers import ClassMembers, PowerSampler, power_probabilities

COUNTS = torch.tensor([60, 0, 30, 9, 1])
TARGETS = torch.arange(5).repeat_interleave(COUNTS)


def seeded(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def test_an_epoch_draws_with_the_power_of_the_counts() -> None:
    sampler = PowerSampler(TARGETS, COUNTS, power=0.5)
    order = sampler.order(seeded())
    assert len(sampler) == len(order) == 100
    assert torch.equal(order, ClassMembers(TARGETS, COUNTS).draw(power_probabilities(COUNTS, 0.5), seeded()))


def test_classes_come_as_often_as_a_loop_says() -> None:
    sampler = PowerSampler(TARGETS.repeat(500), COUNTS * 500, power=0.5)
    drawn = TARGETS.repeat(500)[sampler.order(seeded())]
    weights = [float(n) ** 0.5 if n else 0.0 for n in (COUNTS * 500).tolist()]
    wanted = torch.tensor([weight / sum(weights) for weight in weights], dtype=torch.float64)
    share = torch.bincount(drawn, minlength=5).double() / len(drawn)
    assert share[1] == 0
    assert_close(share, wanted, rtol=0, atol=0.01)


def test_the_order_depends_on_nothing_but_the_generator() -> None:
    sampler = PowerSampler(TARGETS, COUNTS, power=0.5)
    state = torch.get_rng_state()
    first, again, other = (sampler.order(seeded(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), state)


def test_power_zero_gives_every_class_the_same_share() -> None:
    drawn = TARGETS.repeat(500)[PowerSampler(TARGETS.repeat(500), COUNTS * 500, power=0).order(seeded())]
    share = torch.bincount(drawn, minlength=5).double() / len(drawn)
    assert_close(share[COUNTS > 0], torch.full((4,), 0.25, dtype=torch.float64), rtol=0, atol=0.01)
