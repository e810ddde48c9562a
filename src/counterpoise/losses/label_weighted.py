"""A loss with one sigmoid per class, whose classes weigh differently."""

from torch import Tensor

from counterpoise.counts import checked_class_weights
from counterpoise.losses.sigmoid_loss import SigmoidLoss


class LabelWeighted(SigmoidLoss):
    """Weighs the term of each class, ``sum_c w_c * loss_c``, whether the sample has the class or not.

    With the weights of `effective_number_weights` around `SigmoidFocalLoss` (alpha None) this is the class-balanced
    loss (Cui et al., CVPR 2019) for samples with any number of labels. That paper has one class for each sample and
    weighs all terms of a sample by it; one weight for each column is our reading. The weights sum to C, and a batch
    has the plain mean over its samples. Training and inference compute the same.

    Args:
        loss: gives the loss of each class.
        weights: weight of each class, (C,).

    Raises:
        InputError: not one weight for each class, or a weight that is negative or not finite.
    """

    weights: Tensor

    def __init__(self, loss: SigmoidLoss, weights: Tensor) -> None:
        super().__init__()
        self.loss = loss
        self.register_buffer("weights", checked_class_weights(weights), persistent=False)

    def per_label(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Weighted loss of each class of each sample; (B, C), (B, C) -> (B, C)."""
        return self.weights * self.loss.per_label(logits, targets)

    def set_epoch(self, epoch: int) -> None:
        """Tell the weighted loss."""
        self.loss.set_epoch(epoch)
