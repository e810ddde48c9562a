from itertools import permutations

import pytest
import torch

from counterpoise.errors import InputError
from counterpoise.seeds import generator_of


def first(*seed: int) -> float:
    return torch.rand((), dtype=torch.float64, generator=generator_of(seed)).item()


def test_the_same_numbers_give_the_same_generator() -> None:
    assert first(3, 1, 4) == first(3, 1, 4)


def test_every_number_and_their_order_and_how_many_count() -> None:
    seeds = [*permutations((0, 1, 2)), (0,), (0, 0), (0, 0, 0), (1,), (2**40,)]
    assert len({first(*seed) for seed in seeds}) == len(seeds)


def test_negative_numbers_are_refused() -> None:
    with pytest.raises(InputError, match="seeds of 0 or more"):
        generator_of((0, -1))
