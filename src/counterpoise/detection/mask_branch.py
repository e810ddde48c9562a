"""The mask branch: for each region, where in it the object is."""

from collections.abc import Sequence
from typing import final

import torch
from torch import Tensor, nn
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.models.detection.roi_heads import maskrcnn_loss, paste_masks_in_image

from counterpoise.detection.box_stage import Size
from counterpoise.detection.plan import Plan
from counterpoise.detection.pooling import region_pool
from counterpoise.detection.sampled import Sampled

SIDE = 14
INSIDE = 0.5
AT_ONCE = 32
"""Masks that are pasted together: their probabilities are numbers for each pixel of the picture."""


@final
class MaskBranch(nn.Module):
    """Torchvision's mask head (He et al., ICCV 2017), one mask for each category.

    The last layer is computed for the category of the region alone: with a thousand categories, all masks of a batch
    would need gigabytes.

    Args:
        width: channels of the maps.
        levels: number of maps.
        num_categories: C.
        plan: widths.
    """

    def __init__(self, width: int, levels: int, *, num_categories: int, plan: Plan) -> None:
        super().__init__()
        self.pool = region_pool(levels, SIDE)
        self.head = MaskRCNNHeads(width, plan.mask_widths, dilation=1)
        last = plan.mask_widths[-1]
        self.predictor = MaskRCNNPredictor(last, last, num_categories)

    def forward(
        self, maps: dict[str, Tensor], boxes: list[Tensor], sizes: Sequence[Size], labels: Tensor
    ) -> Tensor:
        """Logits of the mask of each region (R_i, 4) for its category from 0, (R,); (R, 1, 28, 28)."""
        enlarge, bend, last = self.predictor
        hidden = bend(enlarge(self.head(self.pool(maps, boxes, sizes))))
        logits = torch.einsum("rdhw,rd->rhw", hidden, last.weight[labels].flatten(1))  # pyright: ignore
        return (logits + last.bias[labels, None, None]).unsqueeze(1)  # pyright: ignore

    def loss(
        self,
        maps: dict[str, Tensor],
        sizes: Sequence[Size],
        sampled: Sampled,
        objects: list[dict[str, Tensor]],
    ) -> Tensor:
        """Binary cross-entropy over the pixels of the sampled regions on objects, zero where there are none; ()."""
        boxes, matches = sampled.foreground()
        labels = torch.cat(sampled.labels)
        logits = self(maps, boxes, sizes, labels[labels > 0] - 1)
        only = [torch.zeros_like(one["labels"]) for one in objects]
        return maskrcnn_loss(logits, boxes, [one["masks"] for one in objects], only, matches)


def pasted(logits: Tensor, boxes: Tensor, size: Size) -> Tensor:
    """Masks of regions as masks of their picture; (M, 1, 28, 28), (M, 4) -> (M, H, W) bool."""
    whole = torch.empty(len(boxes), *size, dtype=torch.bool, device=boxes.device)
    for start in range(0, len(boxes), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        whole[some] = paste_masks_in_image(logits[some].sigmoid(), boxes[some], size)[:, 0] > INSIDE
    return whole
