"""Balanced softmax."""

from torch import Tensor

from counterpoise.counts import real_counts
from counterpoise.losses.closed_form import closed_form_cross_entropy
from counterpoise.losses.loss import Loss


class BalancedSoftmaxLoss(Loss):
    """Cross-entropy of ``z + log n`` (Ren et al., NeurIPS 2020).

    Inference uses plain logits. A class without samples takes no part in the softmax, as log 0 is -inf in the
    release too; a sample of such a class, which training does not have, has an infinite loss.

    Args:
        class_counts: training samples n of each class, (C,).

    Raises:
        InputError: counts that are none.
    """

    log_counts: Tensor

    def __init__(self, class_counts: Tensor) -> None:
        super().__init__()
        self.register_buffer("log_counts", real_counts(class_counts).log(), persistent=False)

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample; (B, C), (B,) -> (B,)."""
        return closed_form_cross_entropy(logits + self.log_counts, targets)
