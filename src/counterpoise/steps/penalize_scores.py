"""A penalty on the outputs, beside the loss."""

from dataclasses import replace
from typing import final

from counterpoise.net import Net
from counterpoise.steps.by_epoch import ByEpoch
from counterpoise.steps.each_environment import Penalty
from counterpoise.steps.step import Seen, Step


@final
class PenalizeScores(Step):
    """Outputs and targets -> a weighed term of its own name, over the joined batch of all environments.

    For `irm_l1_penalty`. Its place is after "score".

    Args:
        name: of the term.
        penalty: of outputs and targets.
        weight: by epoch.
    """

    def __init__(self, name: str, penalty: Penalty, *, weight: ByEpoch) -> None:
        super().__init__()
        self.name, self.penalty, self.schedule = name, penalty, weight
        self.weight = weight(0, 1)

    def set_epoch(self, epoch: int, epochs: int) -> None:
        """Set the weight of this epoch."""
        self.weight = self.schedule(epoch, epochs)

    def forward(self, net: Net, seen: Seen) -> Seen:
        """Add the term."""
        penalty = sum(share * self.penalty(seen.outputs, targets) for share, targets in seen.mixture)
        return replace(seen, terms={**seen.terms, self.name: self.weight * penalty})
