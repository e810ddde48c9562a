"""A loss of regions whose background is the last label, for labels of which it is the first."""

from torch import Tensor

from counterpoise.losses.loss import Loss
from counterpoise.losses.region_sigmoid import RegionSigmoidLoss


class BackgroundFirst(Loss):
    """A loss of C sigmoids for labels with 0 as the background and k + 1 as category k, as torchvision numbers them.

    Training and inference compute the same.

    Args:
        loss: for labels with category k as k, and the background as C.
    """

    def __init__(self, loss: RegionSigmoidLoss) -> None:
        super().__init__()
        self.loss = loss

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each region; (R, C), (R,) labels in 0 .. C -> (R,)."""
        return self.loss.per_sample(logits, (targets - 1) % (logits.shape[1] + 1))

    def set_epoch(self, epoch: int) -> None:
        """Tell the loss the time."""
        self.loss.set_epoch(epoch)
