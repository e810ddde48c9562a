"""Which regions are told: of those that overlap as one category the surest, and of all the surest."""

from dataclasses import dataclass

from torch import Tensor
from torchvision.ops import batched_nms

from counterpoise.detection.found import Found

FIRST, GROWTH = 1000, 4
"""Pairs of region and category that are looked at first, and times as many then (ours): time, not results, depends on
it. Torchvision suppresses up to 1000 boxes at once, and more of them category by category."""


@dataclass(frozen=True)
class Choice:
    """The rule by which the regions of an image become what is found in it.

    Attributes:
        threshold: a category is told above this probability. LVIS is measured with very small ones: 0 and 1e-5 in Tang
            et al., NeurIPS 2020, 1e-4 in detectron2 and here.
        overlap: of two regions told as one category whose intersection over union is above this, the less sure one is
            dropped (0.5).
        most: things told of an image (300, the limit of LVIS).
    """

    threshold: float = 1e-4
    overlap: float = 0.5
    most: int = 300

    def __call__(self, boxes: Tensor, probabilities: Tensor) -> Found:
        """What is found among regions (R, 4) with probabilities (R, C + 1) of background and categories."""
        scores = probabilities[:, 1:]
        candidates = int((scores > self.threshold).sum())
        asked = min(candidates, FIRST)
        while True:
            found = self.among(asked, boxes, scores)
            if len(found) == self.most or asked == candidates:
                return found
            asked = min(candidates, GROWTH * asked)

    def among(self, asked: int, boxes: Tensor, scores: Tensor) -> Found:
        """What is found among the surest so many pairs of region and category.

        A pair is suppressed by surer ones alone, so with more pairs more can be found, but nothing else before it.
        Torchvision sets boxes of many categories far apart, where float32 no longer tells their sides.
        """
        top = scores.flatten().topk(asked)
        regions = top.indices.div(scores.shape[1], rounding_mode="floor")
        labels = top.indices % scores.shape[1]
        kept = batched_nms(boxes[regions].double(), top.values.double(), labels, self.overlap)[: self.most]
        return Found(boxes[regions[kept]], top.values[kept], labels[kept])


USUAL = Choice()
