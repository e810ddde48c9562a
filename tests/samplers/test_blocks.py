"""Blocks of neighbours in random order."""

import pytest
import torch
from torch import Generator

from counterpoise.samplers import BlockShuffled


def seeded(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


@pytest.mark.parametrize("size", [0, 1, 7, 1000, 1001])
def test_every_sample_comes_once(size: int) -> None:
    sampler = BlockShuffled(torch.randperm(size), block=8, pool=4)
    order = sampler.order(seeded())
    assert len(sampler) == len(order) == size
    assert order.sort().values.tolist() == list(range(size))


def test_a_pool_holds_whole_blocks_from_all_over() -> None:
    stored = torch.randperm(8 * 64)
    place = stored.argsort()
    pool = place[BlockShuffled(stored, block=8, pool=4).order(seeded())[: 8 * 4]].sort().values
    jumps = (pool.diff() != 1).sum()
    assert 1 <= jumps <= 4
    assert pool[-1] - pool[0] > 8 * 4


def test_the_samples_of_a_pool_are_mixed() -> None:
    order = BlockShuffled(torch.arange(8 * 64), block=8, pool=4).order(seeded())
    assert (order.diff() == 1).float().mean() < 0.2


def test_blocks_differ_from_epoch_to_epoch() -> None:
    sampler = BlockShuffled(torch.arange(100), block=10, pool=1)
    first, again, other = (sampler.order(seeded(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert set(first[:10].tolist()) != set(other[:10].tolist())
