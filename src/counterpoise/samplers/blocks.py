"""Every sample once, in an order that is random and yet reads a disk in long stretches."""

from typing import final

import torch
from torch import Generator, Tensor

from counterpoise.samplers.sampler import Sampler

BLOCK, POOL = 256, 256
"""Samples that lie side by side, and blocks that are shuffled together (ours): 65,536 samples from all over."""


@final
class BlockShuffled(Sampler):
    """Every sample once per epoch: blocks of neighbours in random order, the samples of some blocks shuffled together.

    For samples on a disk, where a block is read at once and a single one takes as long. It is less random than
    `Shuffled`: two samples of a block are at most one pool apart. Everything else is as there.

    Args:
        stored: positions in the order in which the samples are stored, (N,) int64.
        block: samples that are read together.
        pool: blocks that are shuffled together.
    """

    def __init__(self, stored: Tensor, *, block: int = BLOCK, pool: int = POOL) -> None:
        self.stored, self.block, self.pool = stored, block, pool

    def __len__(self) -> int:
        return len(self.stored)

    def order(self, generator: Generator) -> Tensor:
        """Blocks of a random start shuffled, then the samples of each pool."""
        start = int(torch.randint(self.block, (), generator=generator))
        blocks = self.stored.roll(start).split(self.block)
        mixed = torch.randperm(len(blocks), generator=generator).tolist()
        pools = torch.cat([blocks[i] for i in mixed]).split(self.block * self.pool)
        return torch.cat([one[torch.randperm(len(one), generator=generator)] for one in pools])
