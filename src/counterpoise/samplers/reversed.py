"""Reversed sampling: the rarer a class, the more often it comes."""

from typing import final

from torch import Tensor

from counterpoise.samplers.class_probabilities import reversed_probabilities
from counterpoise.samplers.drawing import DrawingSampler


@final
class ReversedSampler(DrawingSampler):
    """Draws a class with ``p_c ~ n_max / n_c``, then any of its samples alike; with replacement.

    The sampler of the re-balancing branch of BBN (Zhou et al., CVPR 2020). An epoch has as many visits as the
    split has samples.

    Args:
        targets: labels of the split, (N,) int64.
        class_counts: how many samples each class has in this split, (C,).

    Raises:
        InputError: there are no samples, or the counts are not those of the labels.
    """

    def probabilities(self) -> Tensor:
        """Those of the reversed counts; (C,)."""
        return reversed_probabilities(self.members.counts)
