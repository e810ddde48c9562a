"""A penalty on the outputs, beside the loss."""

from typing import final

import torch
from torch import Tensor

from counterpoise.net import Net
from counterpoise.ramps import ByEpoch
from counterpoise.steps.added_term import AddedTerm
from counterpoise.steps.each_environment import Penalty
from counterpoise.steps.step import Seen


@final
class PenalizeScores(AddedTerm):
    """Outputs and targets -> a weighed term of its own name, over the joined batch of all environments.

    For `irm_l1_penalty`. Its place is after "score".

    Args:
        name: of the term.
        penalty: of outputs and targets.
        weight: by epoch.
    """

    def __init__(self, name: str, penalty: Penalty, *, weight: ByEpoch) -> None:
        super().__init__(weight)
        self.name, self.penalty = name, penalty

    def term(self, net: Net, seen: Seen) -> Tensor:
        """The penalty of all rows, ()."""
        return torch.stack(
            [share * self.penalty(seen.outputs, targets) for share, targets in seen.mixture]
        ).sum()
