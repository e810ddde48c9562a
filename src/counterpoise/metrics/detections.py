"""Objects of many images in columns: those that a detector has found, and those that are there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from counterpoise.metrics.packed_masks import PackedMasks


@dataclass(frozen=True, eq=False)
class Detections:
    """M objects that were found in images.

    Attributes:
        images: position of the image of each, (M,) int64.
        labels: category of each, from 0, (M,) int64.
        scores: higher is more certain, (M,).
        boxes: left, top, right and bottom in pixels, (M, 4).
        masks: of each; None where only boxes were looked for.
    """

    images: Tensor
    labels: Tensor
    scores: Tensor
    boxes: Tensor
    masks: PackedMasks | None = None

    @classmethod
    def joined(cls, parts: Sequence["Detections"]) -> "Detections":
        """All detections of at least one part, one after the other."""
        masks = [part.masks for part in parts if part.masks is not None]
        return cls(
            torch.cat([part.images for part in parts]),
            torch.cat([part.labels for part in parts]),
            torch.cat([part.scores for part in parts]),
            torch.cat([part.boxes for part in parts]),
            PackedMasks.joined(masks) if masks else None,
        )

    def __len__(self) -> int:
        return len(self.labels)

    def subset(self, index: Tensor) -> "Detections":
        """The detections at positions ``index`` (K,), in this order."""
        return replace(
            self,
            images=self.images[index],
            labels=self.labels[index],
            scores=self.scores[index],
            boxes=self.boxes[index],
            masks=None if self.masks is None else self.masks.subset(index),
        )


@dataclass(frozen=True, eq=False)
class Truth:
    """M objects that images show, and what is known beside them.

    Attributes:
        images: position of the image of each, (M,) int64.
        labels: category of each, from 0, (M,) int64.
        boxes: left, top, right and bottom in pixels, (M, 4).
        areas: in square pixels, of the mask where it is known, (M,).
        crowd: whether it stands for a crowd of such objects, (M,) bool.
        masks: of each; None where only boxes are known.
        absent: pairs of an image and a category that it certainly does not show, (P, 2) int64. None where all
            categories were looked for in all images, as in COCO; else, as in LVIS, a category that an image neither
            shows nor names here is unknown there.
        incomplete: pairs of an image and a category of which it may show more than these objects, (Q, 2) int64; only
            with ``absent``.
    """

    images: Tensor
    labels: Tensor
    boxes: Tensor
    areas: Tensor
    crowd: Tensor
    masks: PackedMasks | None = None
    absent: Tensor | None = None
    incomplete: Tensor | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def subset(self, index: Tensor) -> "Truth":
        """The objects at positions ``index`` (K,), in this order, and all that is known beside them."""
        return replace(
            self,
            images=self.images[index],
            labels=self.labels[index],
            boxes=self.boxes[index],
            areas=self.areas[index],
            crowd=self.crowd[index],
            masks=None if self.masks is None else self.masks.subset(index),
        )
