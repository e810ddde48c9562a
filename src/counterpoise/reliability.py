"""Confidence against accuracy: samples in bins, and their expected calibration error."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

BINS = 15


@dataclass(frozen=True)
class Reliability:
    """Samples sorted by their top-1 confidence into equal-width bins.

    Attributes:
        mass: sum of the sample weights in each bin, (bins,) float64; without weights the number of samples.
        confidence: mean top-1 probability in each bin, (bins,), nan where it is empty.
        accuracy: share of right answers in each bin, (bins,), nan where it is empty.
    """

    mass: Tensor
    confidence: Tensor
    accuracy: Tensor

    @property
    def error(self) -> float:
        """Expected calibration error: mean distance of accuracy and confidence over all samples; nan for none."""
        gaps = (self.accuracy - self.confidence).abs()
        return ((self.mass * gaps).nansum() / self.mass.sum()).item()

    def as_json(self) -> list[dict[str, float | int | None]]:
        """One dict per bin, from low to high confidence."""
        columns = zip(self.confidence.tolist(), self.accuracy.tolist(), self.mass.tolist(), strict=True)
        return [
            {"confidence": known(confidence), "accuracy": known(accuracy), "count": int(mass)}
            for confidence, accuracy, mass in columns
        ]


def reliability(
    confidence: Tensor, right: Tensor, *, bins: int = BINS, weights: Tensor | None = None
) -> Reliability:
    """Sort samples into bins ``((m - 1) / bins, m / bins]`` of confidence; Guo et al., ICML 2017, section 2.

    Its error without weights is that of torchmetrics' ``multiclass_calibration_error``, which knows neither bins
    for a plot nor weights, and gives a confidence of exactly 1 a bin of its own.

    Args:
        confidence: top-1 probability of each sample, (N,).
        right: whether the top-1 class is the true one, (N,) bool.
        bins: number of bins; 15 in the paper.
        weights: weight of each sample, (N,); None weighs all alike.
    """
    edges = torch.linspace(0, 1, bins + 1, dtype=torch.float64)
    place = torch.bucketize(confidence.double(), edges[1:-1])
    weights = torch.ones_like(confidence, dtype=torch.float64) if weights is None else weights.double()

    def summed(values: Tensor) -> Tensor:
        return torch.zeros(bins, dtype=torch.float64).index_add_(0, place, values)

    mass = summed(weights)
    return Reliability(mass, summed(weights * confidence) / mass, summed(weights * right) / mass)


def top_one(logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Confidence, rightness and negative log-likelihood of each sample; (N, C), (N,) -> three of (N,), float64."""
    confidence, right, surprise = [], [], []
    for chunk, truth in zip(logits.split(4096), targets.split(4096), strict=True):
        confidence.append(chunk.double().softmax(dim=1).amax(dim=1))
        right.append(chunk.argmax(dim=1) == truth)
        surprise.append(F.cross_entropy(chunk.double(), truth, reduction="none"))
    return torch.cat(confidence), torch.cat(right), torch.cat(surprise)


def known(value: float) -> float | None:
    """The value, None where it is nan or infinite."""
    return value if abs(value) < float("inf") else None
