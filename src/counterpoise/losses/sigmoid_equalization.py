"""Equalization loss with one sigmoid per class: other labels do not push rare classes down."""

from torch import Tensor

from counterpoise.losses.equalization import rare_classes
from counterpoise.losses.sigmoid_loss import SigmoidLoss, cross_entropies


class SigmoidEqualizationLoss(SigmoidLoss):
    """Binary cross-entropy ``sum_c w_c * bce_c`` that spares rare classes (Tan et al., CVPR 2020).

    The weight w is 0 where the sample has not the class c, c is rare and the sample has another label; else 1. The
    paper has regions of images, of which the background pushes every class down; a sample without any label is
    background here (this reading is ours). Where every sample has a label, nothing pushes a rare class down: order
    samples by its score, but do not read the score as a probability. Training and inference compute the same.

    Args:
        frequencies: share of the training samples that have each class, (C,), in 0 .. 1.
        threshold: a class is rare below it; 1.77e-3 in paper and release, for LVIS 0.5.

    Raises:
        InputError: frequencies that are not (C,) shares.
    """

    rare: Tensor

    def __init__(self, frequencies: Tensor, *, threshold: float = 1.77e-3) -> None:
        super().__init__()
        self.register_buffer("rare", rare_classes(frequencies, threshold=threshold), persistent=False)

    def weights(self, targets: Tensor) -> Tensor:
        """The weight of each term; (B, C) -> (B, C) bool."""
        present = targets > 0
        return present | ~self.rare | ~present.any(dim=1, keepdim=True)

    def per_label(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each class of each sample; (B, C), (B, C) -> (B, C)."""
        return self.weights(targets) * cross_entropies(logits, targets)
