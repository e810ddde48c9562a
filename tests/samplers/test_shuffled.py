import pytest
import torch
from torch import Generator

from counterpoise.samplers import InOrder, Sampler, Shuffled


def seeded(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


@pytest.mark.parametrize("kind", [Shuffled, InOrder])
@pytest.mark.parametrize("size", [0, 1, 57])
def test_every_sample_comes_once(kind: type[Sampler], size: int) -> None:
    sampler = kind(size)  # pyright: ignore[reportCallIssue]
    order = sampler.order(seeded())
    assert len(sampler) == len(order) == size
    assert order.dtype == torch.int64
    assert order.sort().values.tolist() == list(range(size))


def test_in_order_is_in_order() -> None:
    assert InOrder(4).order(seeded()).tolist() == [0, 1, 2, 3]


def test_the_order_depends_on_nothing_but_the_generator() -> None:
    sampler = Shuffled(57)
    first, again, other = (sampler.order(seeded(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_global_generator_is_left_alone() -> None:
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    Shuffled(57).order(seeded())
    assert torch.equal(torch.rand(3), wanted)


def test_every_place_is_as_likely_for_every_sample() -> None:
    generator = seeded()
    firsts = torch.stack([Shuffled(4).order(generator) for _ in range(4000)])[:, 0]
    assert (torch.bincount(firsts, minlength=4) / 4000 - 0.25).abs().max() < 0.03
