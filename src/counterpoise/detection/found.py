"""What a detector gives: regions to learn from, and things that it has found."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, eq=False)
class Site:
    """The sampled regions of one place of a detector, as a box classifier learns from them.

    Attributes:
        features: what the box classifier of this place receives, (R, D).
        targets: (R,) int64, 0 for the background and k + 1 for category k.
        images: which image of the batch each region is of, (R,) int64.
        weight: of the loss of this place.
    """

    features: Tensor
    targets: Tensor
    images: Tensor
    weight: float


@dataclass(frozen=True, eq=False)
class Looks:
    """A training batch as a detector has looked at it.

    Attributes:
        terms: all losses but those of the box classifiers, each ().
        sites: by place of the box classifiers.
    """

    terms: Mapping[str, Tensor]
    sites: Mapping[str, Site]


@dataclass(frozen=True, eq=False)
class Found:
    """M things found in one picture, the surest first.

    Attributes:
        boxes: left, top, right and bottom edge in pixels of the picture as it was given, (M, 4).
        scores: (M,).
        labels: category from 0, (M,) int64.
        masks: (M, H, W) bool in the size of the picture, None from a detector without a mask head.
    """

    boxes: Tensor
    scores: Tensor
    labels: Tensor
    masks: Tensor | None = None

    def __len__(self) -> int:
        return len(self.scores)
