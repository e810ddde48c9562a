"""Power sampling: from instance-balanced over square-root to class-balanced."""

from typing import final

from torch import Tensor

from counterpoise.samplers.class_probabilities import power_probabilities
from counterpoise.samplers.drawing import DrawingSampler


@final
class PowerSampler(DrawingSampler):
    """Draws a class with ``p_c ~ n_c ** power``, then any of its samples alike; with replacement.

    Kang et al., Decoupling, ICLR 2020. An epoch has as many visits as the split has samples.

    Args:
        targets: labels of the split, (N,) int64.
        class_counts: how many samples each class has in this split, (C,).
        power: 1 is instance-balanced (unlike `Shuffled` with repetitions), 1/2 square-root, 0 class-balanced;
            below 0 rare classes are favoured. No default: each is a method of its own in the paper.

    Raises:
        InputError: there are no samples, or the counts are not those of the labels.
    """

    def __init__(self, targets: Tensor, class_counts: Tensor, *, power: float) -> None:
        super().__init__(targets, class_counts)
        self.power = power

    def probabilities(self) -> Tensor:
        """Those of the power; (C,)."""
        return power_probabilities(self.members.counts, self.power)
