"""Detectors by name, over a named backbone."""

from collections.abc import Callable
from typing import Literal, get_args

from torchvision.models.detection.transform import GeneralizedRCNNTransform

from counterpoise.data.data import Facts
from counterpoise.detection.box_classifiers import BoxClassifiers
from counterpoise.detection.box_stage import BoxStage
from counterpoise.detection.choice import USUAL, Choice
from counterpoise.detection.detector import Detector
from counterpoise.detection.mask_branch import MaskBranch
from counterpoise.detection.plan import plan_for
from counterpoise.detection.proposals import proposal_network
from counterpoise.detection.pyramids import levels, pyramid_of
from counterpoise.detection.regions import Regions
from counterpoise.detection.stage_rules import CASCADE, FIRST_STAGE, StageRule
from counterpoise.errors import InputError
from counterpoise.net import Classifier

DetectorName = Literal["auto", "faster_rcnn", "mask_rcnn", "cascade_rcnn", "cascade_mask_rcnn"]


def detector_of(
    name: DetectorName,
    backbone: str,
    facts: Facts,
    classifier: Callable[[int, int], Classifier],
    *,
    pretrained: bool = False,
    choice: Choice = USUAL,
) -> Detector:
    """A two-stage detector over a feature pyramid, built of the parts of torchvision.

    faster_rcnn (Ren et al., NeurIPS 2015) has one box stage, cascade_rcnn (Cai, Vasconcelos, CVPR 2018) three;
    mask_rcnn (He et al., ICCV 2017) and cascade_mask_rcnn have a mask branch. The regression of boxes is one for all
    categories, as in the LVIS runs of Tang et al., NeurIPS 2020. Widths and numbers go with the size of the pictures,
    see `Plan`.

    Args:
        name: as above; "auto" is mask_rcnn where the data have masks, and faster_rcnn elsewhere.
        backbone: see `pyramid_of`.
        facts: of the data.
        classifier: makes a box classifier from the number of features D and of outputs C + 1.
        pretrained: whether the backbone starts from ImageNet weights.
        choice: the rule by which regions become what is found.

    Raises:
        InputError: there is no such detector or backbone, or it needs masks and the data have none.
    """
    short, long = facts.shape[1:]
    plan, rules, masks = plan_for(short), stage_rules(name), has_masks(name, facts)
    pyramid = pyramid_of(backbone, short, width=plan.width, pretrained=pretrained)
    width, depth = pyramid.out_channels, levels(pyramid)
    regions = Regions(
        GeneralizedRCNNTransform(short, long, [*facts.mean], [*facts.std]),
        pyramid,
        proposals=proposal_network(width, depth, plan),
        stages={place: BoxStage(width, depth, plan=plan, rule=rule) for place, rule in rules.items()},
        mask=MaskBranch(width, depth, num_categories=facts.num_classes, plan=plan) if masks else None,
    )
    classifiers = {place: classifier(plan.dim, facts.num_classes + 1) for place in rules}
    return Detector(regions, BoxClassifiers(classifiers), choice=choice)


def stage_rules(name: DetectorName) -> dict[str, StageRule]:
    """The rules of the box stages by place.

    Raises:
        InputError: there is no such detector.
    """
    if name not in get_args(DetectorName):
        raise InputError(f"no detector {name!r}: expected {', '.join(get_args(DetectorName))}")
    if name.startswith("cascade"):
        return {f"box{number}": rule for number, rule in enumerate(CASCADE)}
    return {"box": FIRST_STAGE}


def has_masks(name: DetectorName, facts: Facts) -> bool:
    """Whether a detector of this name has a mask branch for these data.

    Raises:
        InputError: it needs masks, and the data have none.
    """
    given = facts.objects is not None and facts.objects.masks
    if "mask" in name and not given:
        raise InputError(
            f"{name} learns from masks, but not every object of {facts.name} has one; choose "
            f"{name.replace('mask_', '')}"
        )
    return given if name == "auto" else "mask" in name
