"""Learning from failure: a second net that is biased on purpose tells the first which samples are worth learning."""

from collections.abc import Callable
from dataclasses import replace
from typing import final

import torch.nn.functional as F
from torch import Tensor, nn

from counterpoise.errors import InputError
from counterpoise.losses import AmplifiedCrossEntropy
from counterpoise.losses.learning_from_failure import failure_weighted_loss, failure_weights
from counterpoise.net import Net
from counterpoise.steps.step import Seen, Step
from counterpoise.trackers import LossMemory

Weigh = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Index, and losses of the biased and the debiased net -> weights of the samples; (B,), (B,), (B,) -> (B,)."""


@final
class LearnFromFailure(Step):
    """Trains a biased net beside the one that predicts: the terms "biased" and "loss" (LfF; Nam et al., 2020).

    The biased net learns what is easy, by amplified cross-entropy; the other learns each sample by how much the biased
    one fails on it. Its place is that of the loss, after "score". No gradient goes from one net to the other, so one
    optimizer for both does what two would; nothing of the biased net is left at inference.

    Args:
        biased: the net beside; the optimizer of the stage trains it.
        amplified: the loss of the biased net.
        weigh: gives the weights: a `RunningLosses` as in the paper, or `by_losses_of_now`.

    Raises:
        InputError: when called, the batch is mixed.
    """

    def __init__(self, biased: Net, amplified: AmplifiedCrossEntropy, weigh: Weigh) -> None:
        super().__init__()
        self.biased, self.amplified, self.weigh = biased, amplified, weigh

    def forward(self, net: Net, seen: Seen) -> Seen:
        """Add both terms."""
        targets, logits = only_targets(seen), self.biased(seen.inputs)
        losses = [F.cross_entropy(one, targets, reduction="none").detach() for one in (logits, seen.outputs)]
        weights = self.weigh(seen.index, *losses)
        own = failure_weighted_loss(seen.outputs, targets, weights)
        return replace(seen, terms={**seen.terms, "loss": own, "biased": self.amplified(logits, targets)})


@final
class RunningLosses(nn.Module):
    """Weights by running losses of each sample, over the largest of its class, as in the paper and its release.

    Both memories take in a batch before it is weighed. With several processes all remember the same.

    Args:
        targets: labels of the training samples, (N,).
        num_classes: C.
        decay: see `LossMemory`.

    Raises:
        InputError: see `LossMemory`.
    """

    def __init__(self, targets: Tensor, num_classes: int, *, decay: float = 0.7) -> None:
        super().__init__()
        self.biased = LossMemory(targets, num_classes, decay=decay)
        self.debiased = LossMemory(targets, num_classes, decay=decay)

    def forward(self, index: Tensor, biased: Tensor, debiased: Tensor) -> Tensor:
        """Remember the losses, and weigh; (B,), (B,), (B,) -> (B,)."""
        self.biased.update(index, biased)
        self.debiased.update(index, debiased)
        return failure_weights(self.biased.relative(index), self.debiased.relative(index))


def by_losses_of_now(index: Tensor, biased: Tensor, debiased: Tensor) -> Tensor:
    """Weights by the losses of this batch alone: the simplification in the release of Tang et al., ECCV 2022."""
    return failure_weights(biased, debiased)


def only_targets(seen: Seen) -> Tensor:
    """The targets of a batch that is not mixed; (B,)."""
    if len(seen.mixture) != 1:
        raise InputError(
            "learning from failure weighs samples, but those of this batch are mixed; leave mixup and cutmix out"
        )
    return seen.mixture[0][1]
