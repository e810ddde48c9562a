"""Sigmoid cross-entropy, the baseline where a sample has any number of labels."""

from torch import Tensor

from counterpoise.losses.sigmoid_loss import SigmoidLoss, cross_entropies


class BinaryCrossEntropy(SigmoidLoss):
    """Binary cross-entropy of every class, summed over the classes; the same in training and at inference."""

    def per_label(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each class of each sample; (B, C), (B, C) -> (B, C)."""
        return cross_entropies(logits, targets)
