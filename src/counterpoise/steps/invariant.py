"""Invariant feature learning: features of a class meet at its center, whatever environment they come from."""

from dataclasses import replace
from typing import final

from counterpoise.net import Net
from counterpoise.ramps import ByEpoch, stepped
from counterpoise.regularizers import CenterLoss
from counterpoise.steps.step import Seen, Step


def released_center_weight(epoch: int, epochs: int) -> float:
    """Weight of the center loss in the released code: 0 for 60 of 100 epochs, then 0.001, and 0.005 from 80 on."""
    return stepped((0.0, 0.6, 0.8), (0.0, 0.001, 0.005))(epoch, epochs)


@final
class PullToCenters(Step):
    """Features and targets -> the term "centers", and centers that follow (IFL; Tang et al., ECCV 2022).

    Its place is after "encode". With streams of several environments, joined by `Join`, the loss and this term are
    means over all of them, as released; `SuperviseEnvironments` has the mean of each environment's own. Mixed targets
    give a mixture of penalties. The centers move after each optimizer step, by the features that the net had before
    it; while the weight is 0 they stay, as in the released code, where the gradient of the weighted loss is divided by
    the weight plus 1e-12.

    Args:
        center_loss: gives the penalty, and keeps the centers.
        weight: of the term, by epoch. The released one is the default; the squared distance grows with the number of
            features (released: 2048), so narrower nets bear more.
    """

    def __init__(self, center_loss: CenterLoss, weight: ByEpoch = released_center_weight) -> None:
        super().__init__()
        self.center_loss, self.schedule = center_loss, weight
        self.weight = weight(0, 1)

    def set_epoch(self, epoch: int, epochs: int) -> None:
        """Set the weight of this epoch."""
        self.weight = self.schedule(epoch, epochs)

    def forward(self, net: Net, seen: Seen) -> Seen:
        """Add the term."""
        penalty = sum(share * self.center_loss(seen.features, targets) for share, targets in seen.mixture)
        return replace(seen, terms={**seen.terms, "centers": self.weight * penalty})

    def update(self, net: Net, seen: Seen) -> None:
        """Move the centers."""
        self.center_loss.update(seen.features, seen.mixture, share=self.weight / (self.weight + 1e-12))
