"""Progressively balanced sampling: from instance-balanced to class-balanced over the training."""

from typing import final

from torch import Tensor

from counterpoise.samplers.class_probabilities import progressive_probabilities
from counterpoise.samplers.drawing import DrawingSampler


@final
class ProgressiveSampler(DrawingSampler):
    """Draws a class with ``p_c = (1 - t) * n_c / N + t / C``, then any of its samples alike; with replacement.

    Kang et al., Decoupling, ICLR 2020. The share t goes in equal steps from 0 in the first epoch to 1 in the last
    one, as in the released configuration. It is told by `set_epoch` and is 0 until then; a single epoch has
    t = 0.

    Args:
        targets: labels of the split, (N,) int64.
        class_counts: how many samples each class has in this split, (C,).

    Raises:
        InputError: there are no samples, or the counts are not those of the labels.
    """

    def __init__(self, targets: Tensor, class_counts: Tensor) -> None:
        super().__init__(targets, class_counts)
        self.progress = 0.0

    def set_epoch(self, epoch: int, epochs: int) -> None:
        """Set t for epoch ``epoch`` (from 0) of ``epochs``."""
        self.progress = epoch / max(epochs - 1, 1)

    def probabilities(self) -> Tensor:
        """Those of this epoch; (C,)."""
        return progressive_probabilities(self.members.counts, self.progress)
