"""What a loss with one sigmoid per class is, for samples with any number of labels."""

from abc import abstractmethod

import torch.nn.functional as F
from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.losses.loss import Loss


class SigmoidLoss(Loss):
    """A loss that asks of each class whether a sample has it; targets are (B, C), 0 or 1.

    The loss of a sample is the sum over its classes and that of a batch the mean over its samples, as in the released
    codes of the class-balanced and the equalization loss: what a class learns in a step does not shrink with the
    number of classes, but what the backbone learns grows with it.
    """

    @abstractmethod
    def per_label(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each class of each sample; (B, C), (B, C) -> (B, C)."""

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample; (B, C), (B, C) -> (B,)."""
        return self.per_label(logits, targets).sum(dim=1)


def cross_entropies(logits: Tensor, targets: Tensor) -> Tensor:
    """Binary cross-entropy of each class; (B, C), (B, C) -> (B, C).

    Raises:
        InputError: targets that are not one number for each logit.
    """
    if targets.shape != logits.shape:
        raise InputError(
            f"expected 0 or 1 for each class, {tuple(logits.shape)} like the logits, but targets "
            f"{tuple(targets.shape)} came; for one class per sample there are CrossEntropy, FocalLoss and "
            "ClassBalancedSigmoidLoss"
        )
    return F.binary_cross_entropy_with_logits(logits, targets.to(logits.dtype), reduction="none")
