"""The ordinary steps: join, encode, score, supervise, and track."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast

import torch
from torch import Tensor, nn

from counterpoise.losses.loss import Loss
from counterpoise.net import Net
from counterpoise.steps.step import Objective, Seen, Step
from counterpoise.steps.supervision import Supervision
from counterpoise.trackers.head_direction import HeadDirection


class Join(Step):
    """Puts the streams that have targets into one batch, in their order."""

    def forward(self, net: Net, seen: Seen) -> Seen:
        """Streams -> inputs, index, mixture."""
        labeled = [batch for batch in seen.streams.values() if batch.targets is not None]
        targets = joined([batch.targets for batch in labeled if batch.targets is not None])
        return replace(
            seen,
            inputs=joined([batch.inputs for batch in labeled]),
            index=joined([batch.index for batch in labeled]),
            mixture=((1.0, targets),),
        )


def joined(tensors: list[Tensor]) -> Tensor:
    """One after the other; a single tensor is not copied."""
    return tensors[0] if len(tensors) == 1 else torch.cat(tensors)


class Encode(Step):
    """Inputs -> features."""

    def forward(self, net: Net, seen: Seen) -> Seen:
        """(B, ...) -> (B, D)."""
        return replace(seen, features=net.features(seen.inputs))


class Score(Step):
    """Features -> what the loss consumes, at each place of a classifier."""

    def forward(self, net: Net, seen: Seen) -> Seen:
        """(B, D) -> (B, C), unless the classifier gives its loss more than that."""
        classifiers = net.classifiers
        return seen.each_look(
            lambda place, look: replace(look, outputs=classifiers[place].outputs(look.features))
        )


class Supervise(Supervision):
    """Outputs and targets -> the term "loss": of a detector, the weighed sum over its sites.

    Args:
        loss: called with outputs and targets; mixed targets give a mixture of losses.
    """

    def term(self, seen: Seen) -> Tensor:
        """The loss of the batch, ()."""
        terms = [
            look.weight * share * self.loss(look.outputs, targets)
            for look in seen.looks.values()
            for share, targets in look.mixture
        ]
        return torch.stack(terms).sum()

    def with_loss(self, loss: Loss) -> "Supervise":
        """The same with another loss."""
        return Supervise(loss)


class Track(Step):
    """Keeps the head direction of the features of each classifier, after each optimizer step.

    Args:
        trackers: by the place of the classifier, "all" where a net has one; each takes in the features of every
            training batch, of a detector those of the foreground regions.
        momentum: decay for an epoch, from (epoch, epochs); None keeps that of the trackers.
    """

    def __init__(
        self,
        trackers: Mapping[str, HeadDirection],
        momentum: Callable[[int, int], float] | None = None,
    ) -> None:
        super().__init__()
        self.trackers = nn.ModuleDict(trackers)
        self.momentum = momentum

    def at(self, place: str) -> HeadDirection:
        """The tracker of the classifier at a place."""
        return cast(HeadDirection, self.trackers[place])

    def set_epoch(self, epoch: int, epochs: int) -> None:
        """Set the decay of this epoch."""
        if self.momentum is not None:
            for place in self.trackers:
                self.at(place).momentum = self.momentum(epoch, epochs)

    def update(self, net: Net, seen: Seen) -> None:
        """Take in the features of the batch."""
        for place, look in seen.looks.items():
            rows = look.features if look.foreground is None else look.features[look.foreground]
            self.at(place).update(rows)


def supervised(loss: Loss, encode: Step | None = None) -> Objective:
    """The ordinary steps of supervised learning, with a loss; `Encode` unless another step stands in its place."""
    return Objective(join=Join(), encode=encode or Encode(), score=Score(), loss=Supervise(loss))
