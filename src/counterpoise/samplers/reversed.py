"""Reversed sampling: the rarer a class, the more often it comes."""

from typing import final

from torch import Generator, Tensor

from counterpoise.samplers.class_members import ClassMembers
from counterpoise.samplers.class_probabilities import reversed_probabilities
from counterpoise.samplers.sampler import Sampler


@final
class ReversedSampler(Sampler):
    """Draws a class with ``p_c ~ n_max / n_c``, then any of its samples alike; with replacement.

    The sampler of the re-balancing branch of BBN (Zhou et al., CVPR 2020). An epoch has as many visits as the
    split has samples.

    Args:
        targets: labels of the split, (N,) int64.
        class_counts: how many samples each class has in this split, (C,).

    Raises:
        InputError: there are no samples, or the counts are not those of the labels.
    """

    def __init__(self, targets: Tensor, class_counts: Tensor) -> None:
        self.members = ClassMembers(targets, class_counts)
        self.probabilities = reversed_probabilities(self.members.counts)

    def __len__(self) -> int:
        return len(self.members)

    def order(self, generator: Generator) -> Tensor:
        """Draws with replacement."""
        return self.members.draw(self.probabilities, generator)
