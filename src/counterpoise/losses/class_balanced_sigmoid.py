"""Class-balanced loss with one sigmoid for each class."""

import torch.nn.functional as F
from torch import Tensor

from counterpoise.counts import effective_number_weights
from counterpoise.losses.focal import checked_gamma, miss
from counterpoise.losses.loss import Loss


class ClassBalancedSigmoidLoss(Loss):
    """Loss ``w_y * sum_c (1 - p_c)^gamma * bce_c`` with ``p_c = exp(-bce_c)`` (Cui et al., CVPR 2019).

    The weight is that of the true class and multiplies all C terms of a sample. The batch is divided by its
    number of samples, not by their weights (released code). The release starts the classifier's bias at
    ``-log(C - 1)``, and predicts the largest logit. Training and inference compute the same.

    Args:
        class_counts: training samples of each class, (C,), for `effective_number_weights`.
        beta: of the effective number; 0.9999 in the released scripts, tuned for each data set in the paper.
        gamma: of the focal factor; 1 in the released scripts, 0 is class-balanced sigmoid cross-entropy.

    Raises:
        InputError: counts that are none, beta outside 0 <= beta < 1, or gamma is negative.
    """

    weights: Tensor

    def __init__(self, class_counts: Tensor, *, beta: float = 0.9999, gamma: float = 1.0) -> None:
        super().__init__()
        self.gamma = checked_gamma(gamma)
        weights = effective_number_weights(class_counts, beta=beta)
        self.register_buffer("weights", weights, persistent=False)

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample; (B, C), (B,) -> (B,)."""
        truth = F.one_hot(targets, logits.shape[1]).to(logits.dtype)
        bce = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
        return self.weights[targets] * (miss(bce) ** self.gamma * bce).sum(dim=1)
