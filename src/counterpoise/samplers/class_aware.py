"""Class-aware sampling: every class in turn, a few of its samples each time."""

from typing import final

import torch
from torch import Generator, Tensor

from counterpoise.errors import InputError
from counterpoise.samplers.class_members import ClassMembers
from counterpoise.samplers.sampler import Sampler


@final
class ClassAwareSampler(Sampler):
    """Visits all classes in random order, again and again, and takes the next few samples of each.

    Stage 2 of Decoupling (Kang et al., ICLR 2020) and of OLTR. Each class hands out its samples in random order,
    all of them before any comes again, and shuffles anew then. An epoch has as many visits as the split has
    samples, where the released code also stops. Classes without samples are passed over. Unlike in the release,
    whose cycles run on from epoch to epoch, every epoch begins afresh, so it can be replayed from its seed.

    Args:
        targets: labels of the split, (N,) int64.
        class_counts: how many samples each class has in this split, (C,).
        per_class: consecutive visits to one class (released code: 4).

    Raises:
        InputError: there are no samples, the counts are not those of the labels, or ``per_class`` is below 1.
    """

    def __init__(self, targets: Tensor, class_counts: Tensor, *, per_class: int = 4) -> None:
        if per_class < 1:
            raise InputError(f"per_class must be at least 1, but {per_class} came; the released code uses 4")
        self.members = ClassMembers(targets, class_counts)
        self.per_class = per_class

    def __len__(self) -> int:
        return len(self.members)

    def order(self, generator: Generator) -> Tensor:
        """Class after class, ``per_class`` samples each."""
        counts = self.members.counts[self.members.counts > 0]
        rounds = -(-len(self) // (self.per_class * len(counts)))
        turns = torch.rand(rounds, len(counts), dtype=torch.float64, generator=generator).argsort(dim=1)
        cycles = -(-rounds * self.per_class // counts)
        handed_out = self._cycles(counts, cycles, generator)
        lengths = counts * cycles
        begins = (lengths.cumsum(0) - lengths)[turns] + self.per_class * torch.arange(rounds).unsqueeze(1)
        visits = begins.unsqueeze(-1) + torch.arange(self.per_class)
        return handed_out.index_select(0, visits.flatten()[: len(self)])

    def _cycles(self, counts: Tensor, cycles: Tensor, generator: Generator) -> Tensor:
        """Class after class, its positions as often as ``cycles`` says, each time in a random order of its own."""
        sizes = counts.repeat_interleave(cycles)
        begins = (counts.cumsum(0) - counts).repeat_interleave(cycles).repeat_interleave(sizes)
        return self.members.positions.index_select(0, begins.add_(shuffled_places(sizes, generator)))


def shuffled_places(sizes: Tensor, generator: Generator) -> Tensor:
    """``0 .. size - 1`` for each group, group after group, each in a random order of its own; (G,) -> (sum,).

    Sorts whole numbers that hold the group, a random number and the place, in this order: several times as fast
    as to sort random numbers and to ask where each came from.
    """
    place = torch.arange(int(sizes.sum())).sub_((sizes.cumsum(0) - sizes).repeat_interleave(sizes))
    place_bits, group_bits = int(sizes.max()).bit_length(), len(sizes).bit_length()
    random_bits = 63 - place_bits - group_bits
    keys = torch.randint(2**random_bits, place.shape, generator=generator)
    keys.add_(torch.arange(len(sizes)).repeat_interleave(sizes), alpha=2**random_bits)
    keys.mul_(2**place_bits).add_(place)
    keys.numpy().sort()
    return keys.bitwise_and_(2**place_bits - 1)
