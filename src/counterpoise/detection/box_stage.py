"""One stage of a detector's box branch: which regions, their features, and where their objects are."""

from collections.abc import Sequence
from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.models.detection.faster_rcnn import TwoMLPHead
from torchvision.models.detection.roi_heads import RoIHeads
from torchvision.ops import clip_boxes_to_image

from counterpoise.detection.plan import Plan
from counterpoise.detection.pooling import region_pool
from counterpoise.detection.sampled import Sampled
from counterpoise.detection.stage_rules import StageRule

Size = tuple[int, int]
"""Height and width of an image in pixels."""

SIDE = 7
BETA = 1 / 9
LEAST = 1e-2


@final
class BoxStage(nn.Module):
    """Two hidden layers over the pooled region, and one regression of its box for all categories.

    Torchvision's `RoIHeads` match, sample and encode; what is theirs beyond that is not used. Hidden layers start with
    Xavier's uniform numbers and the regression with normal ones of deviation 0.001, as in the runs on LVIS 1.0.

    Args:
        width: channels of the maps.
        levels: number of maps.
        plan: widths and numbers.
        rule: overlap, scales and weight.
    """

    def __init__(self, width: int, levels: int, *, plan: Plan, rule: StageRule) -> None:
        super().__init__()
        self.weight = rule.weight
        self.regressor = nn.Linear(plan.dim, 4)
        nn.init.normal_(self.regressor.weight, std=0.001)
        hidden = TwoMLPHead(width * SIDE**2, plan.dim)
        nn.init.xavier_uniform_(hidden.fc6.weight)
        nn.init.xavier_uniform_(hidden.fc7.weight)
        for layer in (hidden.fc6, hidden.fc7, self.regressor):
            nn.init.zeros_(layer.bias)
        self.heads = RoIHeads(
            region_pool(levels, SIDE),
            hidden,
            box_predictor=None,
            fg_iou_thresh=rule.overlap,
            bg_iou_thresh=rule.overlap,
            batch_size_per_image=plan.regions,
            positive_fraction=plan.positive,
            bbox_reg_weights=rule.scales,
            score_thresh=None,
            nms_thresh=None,
            detections_per_img=None,
        )

    def sampled(self, proposals: list[Tensor], objects: list[dict[str, Tensor]]) -> Sampled:
        """Regions to learn from, drawn from proposals and the objects themselves."""
        boxes, matches, labels, offsets = self.heads.select_training_samples(proposals, objects)
        return Sampled(boxes, matches, labels, torch.cat(offsets))

    def forward(
        self, maps: dict[str, Tensor], boxes: list[Tensor], sizes: Sequence[Size]
    ) -> tuple[Tensor, Tensor]:
        """Features (R, D) and offsets (R, 4), float32, of the regions of all images."""
        features = self.heads.box_head(self.heads.box_roi_pool(maps, boxes, sizes))
        return features, self.regressor(features).float()

    def loss(self, offsets: Tensor, sampled: Sampled) -> Tensor:
        """Smooth L1 (beta 1/9, torchvision) of the regions on objects, over the number of all; ()."""
        on = torch.cat(sampled.labels) > 0
        distance = F.smooth_l1_loss(offsets[on], sampled.offsets[on], beta=BETA, reduction="sum")
        return self.weight * distance / max(len(on), 1)

    def refined(self, boxes: list[Tensor], offsets: Tensor, sizes: Sequence[Size]) -> list[Tensor]:
        """The regions moved by their offsets, inside their images and never without area; without gradient."""
        moved = self.heads.box_coder.decode_single(offsets.detach(), torch.cat(boxes))
        parts = moved.split([len(one) for one in boxes])
        return [with_area(clip_boxes_to_image(one, size)) for one, size in zip(parts, sizes, strict=True)]

    def passed_on(self, sampled: Sampled, offsets: Tensor, sizes: Sequence[Size]) -> list[Tensor]:
        """What the next stage samples from: the refined regions but those that were the objects themselves.

        As in mmdetection, where the LVIS runs were made; the next stage adds the objects again.
        """
        counts = [len(one) for one in sampled.boxes]
        own = (sampled.offsets == 0).all(dim=1).split(counts)
        moved = self.refined(sampled.boxes, offsets, sizes)
        return [one[~was_object] for one, was_object in zip(moved, own, strict=True)]


def with_area(boxes: Tensor) -> Tensor:
    """Boxes (R, 4) that are at least a hundredth of a pixel wide and high, so that offsets from them are finite."""
    corner = boxes[:, :2]
    return torch.cat([corner, boxes[:, 2:].maximum(corner + LEAST)], dim=1)
