import pytest
import torch
from torch import Generator

from counterpoise.errors import InputError
from counterpoise.samplers import Repeated


def seeded(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


@pytest.mark.parametrize(("size", "visits"), [(5, 17), (5, 5), (5, 3), (1, 4)])
def test_none_comes_twice_before_all_have_come_once(size: int, visits: int) -> None:
    sampler = Repeated(size, visits)
    order = sampler.order(seeded())
    assert len(sampler) == len(order) == visits
    assert order.dtype == torch.int64
    for visited in order.split(size):
        assert len(visited.unique()) == len(visited)
        assert visited.min() >= 0 and visited.max() < size


def test_each_pass_has_an_order_of_its_own() -> None:
    first, second = Repeated(50, 100).order(seeded()).split(50)
    assert not torch.equal(first, second)


def test_the_order_depends_on_nothing_but_the_generator() -> None:
    sampler = Repeated(50, 70)
    first, again, other = (sampler.order(seeded(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_global_generator_is_left_alone() -> None:
    state = torch.get_rng_state()
    Repeated(50, 70).order(seeded())
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(("size", "visits"), [(0, 4), (4, 0)])
def test_nothing_to_visit_is_refused(size: int, visits: int) -> None:
    with pytest.raises(InputError, match=f"but {size} samples and {visits} visits came"):
        Repeated(size, visits)
