"""Regions from which a box stage learns."""

from dataclasses import dataclass

import torch
from torch import Tensor

from counterpoise.detection.found import Site


@dataclass(frozen=True, eq=False)
class Sampled:
    """Regions sampled for training.

    Attributes:
        boxes: of each image, (R_i, 4).
        matches: the object of each image that each is nearest to, (R_i,); of an image without objects, 0.
        labels: of each image, 0 for the background, (R_i,).
        offsets: from the regions to these objects, (R, 4).
    """

    boxes: list[Tensor]
    matches: list[Tensor]
    labels: list[Tensor]
    offsets: Tensor

    def foreground(self) -> tuple[list[Tensor], list[Tensor]]:
        """Boxes and matches of the regions on objects, of each image."""
        on = [labels > 0 for labels in self.labels]
        boxes = [one[here] for one, here in zip(self.boxes, on, strict=True)]
        return boxes, [one[here] for one, here in zip(self.matches, on, strict=True)]

    def site(self, features: Tensor, weight: float) -> Site:
        """What a box classifier learns from; of features (R, D)."""
        counts = torch.tensor([len(labels) for labels in self.labels], device=features.device)
        images = torch.arange(len(counts), device=features.device).repeat_interleave(counts)
        return Site(features, torch.cat(self.labels), images, weight)
