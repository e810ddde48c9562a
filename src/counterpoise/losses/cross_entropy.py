"""Softmax cross-entropy, the loss of every baseline and of De-confound-TDE."""

import torch.nn.functional as F
from torch import Tensor

from counterpoise.losses.loss import Loss


class CrossEntropy(Loss):
    """Mean softmax cross-entropy, the same in training and at inference."""

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample; (B, C), (B,) -> (B,)."""
        return F.cross_entropy(logits, targets, reduction="none")
