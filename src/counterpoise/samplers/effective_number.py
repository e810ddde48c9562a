"""Sampling by the effective number of samples."""

from typing import final

from torch import Tensor

from counterpoise.samplers.class_probabilities import effective_number_probabilities
from counterpoise.samplers.drawing import DrawingSampler


@final
class EffectiveNumberSampler(DrawingSampler):
    """Draws each sample in proportion to ``(1 - beta) / (1 - beta ** n_c)`` of its class; with replacement.

    The rule "Resample" in the released code of LDAM (Cao et al., NeurIPS 2019), with the effective numbers of
    Cui et al., CVPR 2019. An epoch has as many visits as the split has samples.

    Args:
        targets: labels of the split, (N,) int64.
        class_counts: how many samples each class has in this split, (C,).
        beta: 0 is instance-balanced, towards 1 class-balanced; 0.9999 in the released code of LDAM.

    Raises:
        InputError: there are no samples, the counts are not those of the labels, or beta is outside
            0 <= beta < 1.
    """

    def __init__(self, targets: Tensor, class_counts: Tensor, *, beta: float = 0.9999) -> None:
        super().__init__(targets, class_counts)
        self._probabilities = effective_number_probabilities(self.members.counts, beta)

    def probabilities(self) -> Tensor:
        """Those of the effective numbers; (C,)."""
        return self._probabilities
