"""A loss of predictions in units of the target's standard deviation."""

import torch
from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.losses.loss import Loss


class Standardized(Loss):
    """Gives another loss ``(x - mean) / scale`` of predictions and targets, so that rates suit any unit (ours).

    Training and inference compute the same.

    Args:
        loss: gives the loss of each sample.
        mean: of the training targets.
        scale: their standard deviation, above 0.

    Raises:
        InputError: the scale is not above 0.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, loss: Loss, *, mean: float, scale: float) -> None:
        super().__init__()
        if not scale > 0:
            raise InputError(
                f"scale must be above 0, but {scale} came; give the standard deviation of the targets"
            )
        self.loss = loss
        self.register_buffer("mean", torch.tensor(mean), persistent=False)
        self.register_buffer("scale", torch.tensor(scale), persistent=False)

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample; predictions (B, ...), targets (B, ...) -> (B,)."""
        return self.loss.per_sample((logits - self.mean) / self.scale, (targets - self.mean) / self.scale)

    def set_epoch(self, epoch: int) -> None:
        """Tell the loss."""
        self.loss.set_epoch(epoch)
