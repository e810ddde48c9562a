"""A weighted mean of any loss."""

import torch
from torch import Tensor

from counterpoise.counts import checked_class_weights
from counterpoise.distributed import sum_over_processes
from counterpoise.losses.loss import Loss


class ClassWeighted(Loss):
    """Weighs each sample by its class and divides by the sum of the weights, like torch's ``weight``.

    With several processes each computes the weighted mean of its own rows over the mean weight of all rows, and
    the row-weighted mean of these is the loss of the whole batch. A batch of classes of weight 0 has loss 0. With
    the weights of `effective_number_weights` around `CrossEntropy` this is the class-balanced softmax loss (Cui et
    al., CVPR 2019). Training and inference compute the same.

    Args:
        loss: gives the loss of each sample.
        weights: weight of each class, (C,).

    Raises:
        InputError: not one weight for each class, or a weight that is negative or not finite.
    """

    weights: Tensor

    def __init__(self, loss: Loss, weights: Tensor) -> None:
        super().__init__()
        self.loss = loss
        self.register_buffer("weights", checked_class_weights(weights), persistent=False)

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Weighted loss of each sample; (B, C), (B,) -> (B,)."""
        return self.weights[targets] * self.loss.per_sample(logits, targets)

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Weighted mean of the batch; (B, C), (B,) -> ()."""
        return self.per_sample(logits, targets).mean() / self.mean_weight(targets)

    def mean_weight(self, targets: Tensor) -> Tensor:
        """Mean weight of the rows of all processes, kept above zero; (B,) -> ()."""
        mine = self.weights[targets]
        weight, rows = sum_over_processes(torch.stack([mine.sum(), mine.new_tensor(len(mine))]))
        return (weight / rows).clamp(min=torch.finfo(mine.dtype).tiny)

    def set_epoch(self, epoch: int) -> None:
        """Tell the weighted loss."""
        self.loss.set_epoch(epoch)
