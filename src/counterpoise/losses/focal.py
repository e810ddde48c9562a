"""Focal loss: samples that are already right count less."""

import torch
import torch.nn.functional as F
from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.losses.loss import Loss


class FocalLoss(Loss):
    """Softmax focal loss ``(1 - p_y)^gamma * ce`` with ``p_y = exp(-ce)`` (Lin et al., ICCV 2017).

    The gradient flows through the factor too, as in the paper and in the LDAM release. The batch has the plain
    mean, also with class weights. Training and inference compute the same.

    Args:
        gamma: how fast the factor falls; 2 in the paper, 1 in the LDAM release, 0 is cross-entropy.
        class_weights: (C,) factors of the cross-entropy ``ce``, before p_y is computed from it (LDAM release);
            None weighs all classes the same. For weights around the whole loss see `ClassWeighted`.

    Raises:
        InputError: gamma is negative.
    """

    class_weights: Tensor | None

    def __init__(self, *, gamma: float = 2.0, class_weights: Tensor | None = None) -> None:
        super().__init__()
        self.gamma = checked_gamma(gamma)
        self.register_buffer("class_weights", class_weights, persistent=False)

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample; (B, C), (B,) -> (B,)."""
        ce = F.cross_entropy(logits, targets, weight=self.class_weights, reduction="none")
        return miss(ce) ** self.gamma * ce


class DetachedFocalLoss(Loss):
    """Softmax focal loss ``(1 - p_y)^gamma * ce`` without gradient through the factor.

    It has the values of `FocalLoss` and other gradients: the version of the De-confound-TDE release, which
    stands behind the row Focal of its ImageNet-LT table. Training and inference compute the same.

    Args:
        gamma: how fast the factor falls; 2 in that release, 0 is cross-entropy.

    Raises:
        InputError: gamma is negative.
    """

    def __init__(self, *, gamma: float = 2.0) -> None:
        super().__init__()
        self.gamma = checked_gamma(gamma)

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample; (B, C), (B,) -> (B,)."""
        ce = F.cross_entropy(logits, targets, reduction="none")
        return miss(ce.detach()) ** self.gamma * ce


def miss(log_loss: Tensor) -> Tensor:
    """``1 - p`` from ``-log p``, kept above zero: a power below 1 has no finite slope at zero."""
    return (-torch.expm1(-log_loss)).clamp(min=torch.finfo(log_loss.dtype).tiny)


def checked_gamma(gamma: float) -> float:
    """Gamma as it came; an InputError if it is negative."""
    if not gamma >= 0:
        raise InputError(f"gamma must be 0 or more, but {gamma} came; the focal loss paper uses 2")
    return gamma
