"""How much a pseudo-label counts, from what has been seen of its class."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from counterpoise.counts import real_counts
from counterpoise.distributed import concatenate_rows, sum_over_processes
from counterpoise.errors import InputError
from counterpoise.pseudo_labels import adaptive_weights, confident, equal_share_thresholds


class Trust(nn.Module, ABC):
    """Gives a weight to the pseudo-label of each sample. For training only."""

    @abstractmethod
    def forward(self, probabilities: Tensor) -> Tensor:
        """Weight of each pseudo-label; (B, C) -> (B,)."""

    def observe(self, probabilities: Tensor) -> None:
        """Take in the probabilities of a batch, after the optimizer's step; (B, C)."""

    def close_epoch(self) -> None:
        """Draw the conclusions of an epoch, together with all processes."""


class FixedThreshold(Trust):
    """Weight 1 from a confidence on, else 0; FixMatch (Sohn et al., NeurIPS 2020).

    Args:
        threshold: paper: 0.95 (0.7 on ImageNet).

    Raises:
        InputError: a threshold outside 0 .. 1.
    """

    def __init__(self, *, threshold: float = 0.95) -> None:
        super().__init__()
        self.threshold = checked_threshold(threshold)

    def forward(self, probabilities: Tensor) -> Tensor:
        """Weight of each pseudo-label; (B, C) -> (B,)."""
        return confident(probabilities, self.threshold).to(probabilities.dtype)


class EqualShareThresholds(Trust):
    """Weight 1 from a confidence on that is set for each class, else 0; ADSH (Guo, Li, ICML 2022).

    After each epoch the thresholds are set so that each class keeps the share of its pseudo-labels that the head
    class keeps at the fixed threshold, see `counterpoise.pseudo_labels.equal_share_thresholds`. All begin with the
    fixed one.

    Args:
        class_counts: labeled samples of each class, (C,); the largest is the head.
        threshold: of the head (public port: 0.95).

    Raises:
        InputError: counts that are none, or a threshold outside 0 .. 1.
    """

    thresholds: Tensor

    def __init__(self, class_counts: Tensor, *, threshold: float = 0.95) -> None:
        super().__init__()
        self.threshold, self.head = checked_threshold(threshold), int(real_counts(class_counts).argmax())
        self.register_buffer("thresholds", torch.full((len(class_counts),), threshold))
        self.seen: list[Tensor] = []  # no buffer: processes each keep their own until the epoch ends

    def forward(self, probabilities: Tensor) -> Tensor:
        """Weight of each pseudo-label; (B, C) -> (B,)."""
        return confident(probabilities, self.thresholds).to(probabilities.dtype)

    def observe(self, probabilities: Tensor) -> None:
        """Remember confidences and pseudo-labels; (B, C)."""
        self.seen.append(torch.stack(probabilities.detach().double().max(dim=1), dim=1))

    def close_epoch(self) -> None:
        """Set the thresholds."""
        none = torch.zeros(0, 2, dtype=torch.float64, device=self.thresholds.device)
        confidences, labels = concatenate_rows(torch.cat([none, *self.seen])).unbind(dim=1)
        found = equal_share_thresholds(
            confidences, labels.long(), self.thresholds.double(), head=self.head, threshold=self.threshold
        )
        self.thresholds.copy_(found)
        self.seen = []


class AdaptiveWeights(Trust):
    """From a confidence on, the weight of the pseudo-label's class, else 0; SAW (smoothed adaptive weighting).

    After each epoch the weights are `counterpoise.pseudo_labels.adaptive_weights` of the confident pseudo-labels that
    it had; in the first one, and after one without any, all are 1.

    Args:
        num_classes: number of classes C.
        threshold: of the confidence (FixMatch: 0.95).

    Raises:
        InputError: a threshold outside 0 .. 1.
    """

    weights: Tensor

    def __init__(self, num_classes: int, *, threshold: float = 0.95) -> None:
        super().__init__()
        self.threshold = checked_threshold(threshold)
        self.register_buffer("weights", torch.ones(num_classes))
        self.counts: Tensor | None = None  # no buffer: processes each keep their own until the epoch ends

    def forward(self, probabilities: Tensor) -> Tensor:
        """Weight of each pseudo-label; (B, C) -> (B,)."""
        return (
            confident(probabilities, self.threshold)
            * self.weights.to(probabilities)[probabilities.argmax(dim=1)]
        )

    def observe(self, probabilities: Tensor) -> None:
        """Count confident pseudo-labels; (B, C)."""
        labels = probabilities.argmax(dim=1)[confident(probabilities, self.threshold)]
        more = torch.bincount(labels, minlength=len(self.weights))
        self.counts = more if self.counts is None else self.counts + more

    def close_epoch(self) -> None:
        """Set the weights."""
        none = torch.zeros_like(self.weights, dtype=torch.int64)
        counts = sum_over_processes(none if self.counts is None else self.counts)
        self.weights.copy_(adaptive_weights(counts) if counts.sum() else torch.ones_like(self.weights))
        self.counts = None


def checked_threshold(threshold: float) -> float:
    """A confidence, refused outside 0 .. 1."""
    if not 0 <= threshold <= 1:
        raise InputError(f"a threshold must lie in 0 .. 1, but {threshold} came; FixMatch has 0.95")
    return threshold
