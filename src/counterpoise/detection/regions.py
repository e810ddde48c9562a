"""Everything of a detector but its box classifiers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast, final

import torch
from torch import Tensor, nn
from torchvision.models.detection.rpn import RegionProposalNetwork
from torchvision.models.detection.transform import GeneralizedRCNNTransform

from counterpoise.data.scenes import SceneBatch
from counterpoise.detection.box_stage import BoxStage, Size
from counterpoise.detection.found import Found, Looks, Site
from counterpoise.detection.mask_branch import MaskBranch
from counterpoise.detection.pyramids import Pyramid
from counterpoise.detection.sampled import Sampled

NAMES = {"loss_objectness": "rpn_objectness", "loss_rpn_box_reg": "rpn_box"}
"""Of the losses of torchvision's region proposal network."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """The regions of a batch at inference, before anything is said about their categories.

    Attributes:
        features: by place of the box classifiers, (R, D).
        boxes: of each image, in pixels of the net's input, (R_i, 4).
        maps: of the pyramid.
        sizes: of the images in the net's input.
        given: sizes of the images as they were given.
    """

    features: Mapping[str, Tensor]
    boxes: list[Tensor]
    maps: dict[str, Tensor]
    sizes: Sequence[Size]
    given: Sequence[Size]


@final
class Regions(nn.Module):
    """Pictures -> regions with features: transform, pyramid, proposals, box stages and masks.

    Args:
        transform: brings pictures to their size and normalises them.
        pyramid: makes maps, see `pyramid_of`.
        proposals: the region proposal network.
        stages: of the box branch, by place.
        mask: the mask branch, where there is one. In a cascade it learns from the regions of the first stage and reads
            those of the last, as in detectron2; mmdetection has one for each stage.
    """

    def __init__(
        self,
        transform: GeneralizedRCNNTransform,
        pyramid: Pyramid,
        *,
        proposals: RegionProposalNetwork,
        stages: Mapping[str, BoxStage],
        mask: MaskBranch | None,
    ) -> None:
        super().__init__()
        self.transform, self.pyramid, self.proposals = transform, pyramid, proposals
        self.stages = nn.ModuleDict(stages)
        self.mask = mask

    @property
    def by_place(self) -> dict[str, BoxStage]:
        """The stages in order."""
        return cast(dict[str, BoxStage], dict(self.stages.items()))

    def look(self, batch: SceneBatch) -> Looks:
        """Losses of proposals, boxes and masks, and the regions from which the box classifiers learn.

        In evaluation mode, as where only classifiers are trained, the proposals have no losses.
        """
        images, objects = self.transform(batch.images, batch.objects)
        maps, sizes = self.pyramid(images.tensors), images.image_sizes
        proposals, losses = self.proposals(images, maps, objects)
        sites: dict[str, Site] = {}
        sampled: list[Sampled] = []
        box: list[Tensor] = []
        for place, stage in self.by_place.items():
            sampled.append(stage.sampled(proposals, objects))
            features, offsets = stage(maps, sampled[-1].boxes, sizes)
            sites[place] = sampled[-1].site(features, stage.weight)
            box.append(stage.loss(offsets, sampled[-1]))
            proposals = stage.passed_on(sampled[-1], offsets, sizes)
        terms = {NAMES[name]: loss for name, loss in losses.items()} | {"box": torch.stack(box).sum()}
        if self.mask is not None:
            terms["mask"] = self.mask.loss(maps, sizes, sampled[0], objects)
        return Looks(terms, sites)

    def candidates(self, batch: SceneBatch) -> Candidates:
        """The regions of a batch, refined by every stage."""
        given = [(image.shape[-2], image.shape[-1]) for image in batch.images]
        images, _ = self.transform(batch.images)
        maps, sizes = self.pyramid(images.tensors), images.image_sizes
        boxes, _ = self.proposals(images, maps)
        features: dict[str, Tensor] = {}
        for place, stage in self.by_place.items():
            features[place], offsets = stage(maps, boxes, sizes)
            boxes = stage.refined(boxes, offsets, sizes)
        return Candidates(features, boxes, maps, sizes, given)

    def mask_logits(self, candidates: Candidates, told: Sequence[Found]) -> Sequence[Tensor] | None:
        """Of what was told of each image, in pixels of the net's input: (M, 1, 28, 28), where there are masks."""
        if self.mask is None:
            return None
        boxes, labels = [found.boxes for found in told], torch.cat([found.labels for found in told])
        logits = self.mask(candidates.maps, boxes, candidates.sizes, labels)
        return logits.split([len(found) for found in told])
