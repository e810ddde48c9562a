"""The De-confounded box classifier with 1,204 outputs against torchvision's predictor, in a Mask R-CNN R50.

Goals: at most 1.03 x a training step and 1.01 x an inference of torchvision's Mask R-CNN. All sides have the same
backbone, proposals and hidden layers and see the same regions: they differ in what stands over these alone. Ours with a
linear classifier stands beside, since our detector differs from torchvision's in more than the classifier: it has one
regression of boxes for all categories, and makes the mask of one category alone. The picture is small, so that a run
ends in 3 minutes on one core; in larger ones the classifier weighs less. Weights are random and no region is surer than
the threshold of torchvision, so inference ends with the choice of regions.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from timing import alternate, show
from torch import Tensor, nn
from torchvision.models.detection import MaskRCNN

from counterpoise.classifiers import DeconfoundedClassifier, LinearClassifier
from counterpoise.data.data import DETECTION, Facts
from counterpoise.data.objects import Objects
from counterpoise.data.scenes import SceneBatch
from counterpoise.detection import BoxClassifiers, Choice, Detector, detector_of
from counterpoise.net import Classifier
from counterpoise.predictors import BackgroundExempted, SoftmaxProbabilities, TotalDirectEffect

CATEGORIES, SIDE, THINGS, DIM, THRESHOLD = 1203, 320, 8, 1024, 0.05
BASE = "torchvision"
Step = Callable[[], object]


def facts() -> Facts:
    """Of data with the categories of LVIS."""
    each = (1,) * CATEGORIES
    known = Objects(each, each, ("r",) * CATEGORIES, masks=True, federated=True)
    names = tuple(map(str, range(CATEGORIES)))
    return Facts(
        "made-up",
        DETECTION,
        "image",
        (3, SIDE, SIDE),
        names,
        each,
        {},
        (0.5,) * 3,
        (0.25,) * 3,
        "",
        objects=known,
    )


def pictures() -> SceneBatch:
    """One picture of noise with rectangles in it."""
    corners = SIDE // 2 * torch.rand(THINGS, 2)
    boxes = torch.cat([corners, corners + 30 + 100 * torch.rand(THINGS, 2)], dim=1)
    masks = torch.zeros(THINGS, SIDE, SIDE, dtype=torch.uint8)
    for mask, (left, top, right, bottom) in zip(masks, boxes.int().tolist(), strict=True):
        mask[top:bottom, left:right] = 1
    things = {"boxes": boxes, "labels": torch.randint(1, CATEGORIES + 1, (THINGS,)), "masks": masks}
    return SceneBatch([torch.rand(3, SIDE, SIDE)], [things])


def torchvision_over(net: Detector) -> MaskRCNN:
    """Torchvision's Mask R-CNN over backbone, proposals and hidden layers of ours."""
    regions, stage, mask = net.backbone, net.backbone.by_place["box"], net.backbone.mask
    assert mask is not None
    model = MaskRCNN(
        regions.pyramid, CATEGORIES + 1, min_size=SIDE, max_size=SIDE, box_score_thresh=THRESHOLD
    )
    model.rpn, model.transform = regions.proposals, regions.transform
    model.roi_heads.box_head, model.roi_heads.mask_head = stage.heads.box_head, mask.head
    return model


def training(model: nn.Module, loss: Callable[[], Tensor]) -> Step:
    """One step of SGD, which moves nothing, over the same regions each time."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0, momentum=0.9)

    def step() -> None:
        model.train()
        torch.manual_seed(0)
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()

    return step


def training_loss(net: Detector, batch: SceneBatch) -> Tensor:
    """Cross-entropy of the regions, and the other terms."""
    looks = net.look(batch)
    site = looks.sites["box"]
    return (
        F.cross_entropy(net.classifiers["box"](site.features), site.targets)
        + torch.stack([*looks.terms.values()]).sum()
    )


def inference(model: nn.Module, inputs: object) -> Step:
    """One answer."""

    def step() -> object:
        with torch.no_grad():
            return model.eval()(inputs)

    return step


def with_effect(place: str, classifier: Classifier) -> Classifier:
    """Background-exempted total direct effect."""
    return BackgroundExempted(TotalDirectEffect(classifier, torch.rand(DIM), alpha=1.5))


def main() -> None:
    """Measure a training step and an inference."""
    print(f"threads {torch.get_num_threads()}, one picture of {SIDE} x {SIDE}, {CATEGORIES + 1} outputs")
    torch.manual_seed(0)
    batch, rule = pictures(), Choice(threshold=THRESHOLD)
    linear = detector_of("mask_rcnn", "resnet50", facts(), LinearClassifier, choice=rule)
    deconfounded = Detector(
        linear.backbone, BoxClassifiers({"box": DeconfoundedClassifier(DIM, CATEGORIES + 1)}), choice=rule
    )
    theirs = torchvision_over(linear)
    sides = {
        BASE: training(theirs, lambda: torch.stack([*theirs(batch.images, batch.objects).values()]).sum()),
        "ours, linear": training(linear, lambda: training_loss(linear, batch)),
        "ours, De-confounded": training(deconfounded, lambda: training_loss(deconfounded, batch)),
    }
    show("a training step (goal 1.03)", alternate(sides, rounds=7, warmup=1), BASE)
    sides = {
        BASE: inference(theirs, batch.images),
        "ours, linear": inference(linear.rewired(lambda _, one: SoftmaxProbabilities(one)), batch),
        "ours, De-confounded": inference(
            deconfounded.rewired(lambda _, one: SoftmaxProbabilities(one)), batch
        ),
        "ours, De-confounded, background-exempted TDE": inference(deconfounded.rewired(with_effect), batch),
    }
    show("inference (goal 1.01)", alternate(sides, rounds=11), BASE)


if __name__ == "__main__":
    main()
