"""Detectors that need no training."""

from types import SimpleNamespace
from typing import cast

import torch
from torch import Tensor, nn

from counterpoise.classifiers import DeconfoundedClassifier
from counterpoise.data.data import Data
from counterpoise.data.scenes import SceneBatch
from counterpoise.detection import Detector, Found, detector_of
from counterpoise.net import Classifier, Net
from counterpoise.predictors import BackgroundExempted, TotalDirectEffect


class ByColour(nn.Module):
    """Finds what is bright in each colour of a picture as one thing; what is red is of category 0, and the surest."""

    def __init__(self, *, masks: bool = True) -> None:
        super().__init__()
        self.backbone = SimpleNamespace(mask=nn.Identity() if masks else None)

    def forward(self, inputs: SceneBatch) -> list[Found]:
        assert not self.training
        assert len(inputs) == 1, "neighbours are not seen"
        assert all(not len(objects["labels"]) for objects in inputs.objects), "nor is the truth"
        return [self.found(image) for image in inputs.images]

    def found(self, image: Tensor) -> Found:
        bright = image > 0.5
        labels = bright.flatten(1).any(dim=1).nonzero().flatten()
        boxes = torch.tensor([box_of(bright[label]) for label in labels.tolist()]).view(-1, 4)
        return Found(boxes, 0.9 / (1 + labels), labels, bright[labels] if self.backbone.mask else None)


def box_of(mask: Tensor) -> list[float]:
    """Left, top, right and bottom edge of what is marked."""
    rows, columns = mask.any(dim=1).nonzero().flatten(), mask.any(dim=0).nonzero().flatten()
    return [float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)]


def by_colour(*, masks: bool = True) -> Net:
    return cast(Net, ByColour(masks=masks))


def exempting(data: Data, *, alpha: float) -> Detector:
    """An untrained detector with background-exempted inference in the direction of all ones."""
    torch.manual_seed(0)

    def effect(place: str, classifier: Classifier) -> Classifier:
        return BackgroundExempted(TotalDirectEffect(classifier, torch.ones(classifier.dim), alpha=alpha))

    return detector_of("auto", "auto", data.facts, DeconfoundedClassifier).rewired(effect).eval()
