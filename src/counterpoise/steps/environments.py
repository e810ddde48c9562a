"""Environments: streams whose draws follow how sure the net is of each sample."""

from collections.abc import Callable
from typing import final

import torch
from torch import Tensor

from counterpoise.net import Net
from counterpoise.samplers.environments import WeightRule, environment_scales, weights_within_classes
from counterpoise.steps.each_environment import environment_rows
from counterpoise.steps.step import Seen, Step
from counterpoise.trackers import Confidences

Due = Callable[[int, int], bool]
"""Whether an epoch, from 0, of so many is one at whose end something happens."""


def at_shares(*shares: float) -> Due:
    """Due in the epochs at these shares of all."""
    return lambda epoch, epochs: epoch in {round(share * epochs) for share in shares}


def every_epoch(epoch: int, epochs: int) -> bool:
    """Always due, as in the released IRM."""
    return True


RELEASED = at_shares(0.6, 0.8)
"""Twice in 100 epochs, at the ends of 60 and 80 counted from 0."""


@final
class Environments(Step):
    """Keeps the weights from which the streams "environment0", "environment1", ... draw (Tang et al., ECCV 2022).

    In some epochs it records how sure the net is of each sample that it trains on, in training mode and augmented, and
    at their end rebuilds the weights; until the first of them every sample weighs the same everywhere. See
    `environment_weights`. The streams draw with ``LateWeightedSampler(N, lambda: environments.weights(1))``, so they
    follow without being told. Its place is after "encode". Of mixed samples the first counts.

    Args:
        targets: labels of the training split, (N,).
        environments: E.
        scale: see `environment_weights`.
        rule: see `environment_weights`.
        due: the epochs at whose end the weights are rebuilt: after 60 and 80 of 100 by default, as released.

    Raises:
        InputError: fewer than two environments, or a scale not above 1.
    """

    confidences: Confidences

    def __init__(
        self,
        targets: Tensor,
        *,
        environments: int = 2,
        scale: float = 4.0,
        rule: WeightRule | None = None,
        due: Due = RELEASED,
    ) -> None:
        super().__init__()
        self.targets, self.rule = targets.cpu(), rule or weights_within_classes
        self.scales = environment_scales(environments, scale)
        self.due, self.recording, self.sure = due, False, torch.zeros(0)
        self.confidences = Confidences(len(targets))

    def weights(self, environment: int) -> Tensor:
        """Weights of all samples in an environment, from 0; (N,) float64 on the CPU."""
        known = self.confidences.latest.cpu()
        if environment == 0 or known.isnan().all():
            return torch.ones(len(known), dtype=torch.float64)
        return self.rule(known, self.targets, self.scales[environment - 1])

    def set_epoch(self, epoch: int, epochs: int) -> None:
        """Know whether this epoch is recorded."""
        self.recording = self.due(epoch, epochs)

    @torch.no_grad()
    def forward(self, net: Net, seen: Seen) -> Seen:
        """See how sure the net is of the batch; nothing is changed."""
        if self.recording:
            _, targets = seen.mixture[0]
            probabilities = net.classifier(seen.features).softmax(dim=1)
            self.sure = probabilities.gather(1, targets.unsqueeze(1)).squeeze(1)
        return seen

    def update(self, net: Net, seen: Seen) -> None:
        """Record it."""
        if self.recording:
            for rows in environment_rows(seen):
                self.confidences.record(seen.index[rows], self.sure[rows])

    def after_epoch(self, net: Net) -> None:
        """Rebuild the weights if they are due."""
        if self.recording:
            self.confidences.close_epoch()
