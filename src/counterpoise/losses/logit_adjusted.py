"""Logit adjustment while training."""

from torch import Tensor

from counterpoise.counts import logit_adjustment
from counterpoise.losses.closed_form import closed_form_cross_entropy
from counterpoise.losses.loss import Loss


class LogitAdjustedLoss(Loss):
    """Cross-entropy of ``z + log(prior^tau + 1e-12)`` (Menon et al., ICLR 2021, eq. 10).

    Inference uses plain logits: the correction is learned, so it must not be applied a second time to the logits
    of a trained model. With tau 1 this is balanced softmax.

    Args:
        class_counts: training samples of each class, (C,).
        tau: strength; 1 is the paper's theory.

    Raises:
        InputError: counts that are none, or tau is negative.
    """

    adjustment: Tensor

    def __init__(self, class_counts: Tensor, *, tau: float = 1.0) -> None:
        super().__init__()
        self.register_buffer("adjustment", logit_adjustment(class_counts, tau=tau), persistent=False)

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample; (B, C), (B,) -> (B,)."""
        return closed_form_cross_entropy(logits + self.adjustment, targets)
