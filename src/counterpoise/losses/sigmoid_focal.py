"""Focal loss with one sigmoid per class."""

from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.losses.focal import checked_gamma, miss
from counterpoise.losses.sigmoid_loss import SigmoidLoss, cross_entropies


class SigmoidFocalLoss(SigmoidLoss):
    """Focal loss ``sum_c a_c (1 - p_c)^gamma * bce_c`` with ``p_c = exp(-bce_c)`` (Lin et al., ICCV 2017).

    p_c is the probability given to the truth, be it 0 or 1. a_c is alpha where the sample has the class and
    1 - alpha where it has not. The gradient flows through the factor. The paper divides by the number of objects of
    an image; here an image is one sample, and a batch has the plain mean. Training and inference compute the same.

    Args:
        gamma: how fast the factor falls; 2 in the paper, 0 is binary cross-entropy.
        alpha: weight of what a sample has, against what it has not; 0.25 in the paper with gamma 2. None weighs both
            by 1, as the class-balanced loss does.

    Raises:
        InputError: gamma is negative, or alpha does not lie in 0 .. 1.
    """

    def __init__(self, *, gamma: float = 2.0, alpha: float | None = 0.25) -> None:
        super().__init__()
        if alpha is not None and not 0 <= alpha <= 1:
            raise InputError(f"alpha must lie in 0 .. 1, but {alpha} came; the focal loss paper uses 0.25")
        self.gamma, self.alpha = checked_gamma(gamma), alpha

    def per_label(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each class of each sample; (B, C), (B, C) -> (B, C)."""
        bce = cross_entropies(logits, targets)
        focal = miss(bce) ** self.gamma * bce
        if self.alpha is None:
            return focal
        truth = targets.to(logits.dtype)
        return (self.alpha * truth + (1 - self.alpha) * (1 - truth)) * focal
