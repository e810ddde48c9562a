"""What a loss with one sigmoid per category is, for the regions of a detector."""

from abc import abstractmethod

import torch.nn.functional as F
from torch import Tensor

from counterpoise.losses.closed_form import at_least_float32
from counterpoise.losses.loss import Loss


class RegionSigmoidLoss(Loss):
    """Sigmoid loss of a detector, ``sum_c w_c * bce_c`` for each region.

    There are C logits and none for the background, whose label is C; see `BackgroundFirst` where it is 0. A final class
    says which categories hear of a region.
    """

    @abstractmethod
    def weights(self, targets: Tensor) -> Tensor:
        """The weight of each term; (R,) labels in 0 .. C -> (R, C), or (1, C) the same for all. 1 for the own one."""

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each region; (R, C), (R,) labels in 0 .. C -> (R,)."""
        at, background = places(targets, logits.shape[1])
        full = at_least_float32(logits)
        down = self.weights(targets).to(full.dtype) * F.softplus(full, threshold=40)
        up = full.gather(1, at).masked_fill(background, 0)
        return down.sum(dim=1) - up.squeeze(1)


def places(targets: Tensor, num_classes: int) -> tuple[Tensor, Tensor]:
    """Column of the object, any for background, and whether it is background; (R,) -> (R, 1), (R, 1)."""
    at = targets.unsqueeze(1)
    return at.clamp(max=num_classes - 1), at == num_classes
