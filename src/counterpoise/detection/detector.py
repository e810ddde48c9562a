"""A detector: a net whose samples are regions of pictures."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import cast, final

import torch
from torch import Tensor, nn
from torchvision.models.detection.transform import resize_boxes

from counterpoise.data.scenes import SceneBatch
from counterpoise.detection.box_classifiers import BoxClassifiers
from counterpoise.detection.box_stage import Size
from counterpoise.detection.choice import USUAL, Choice
from counterpoise.detection.found import Found, Looks
from counterpoise.detection.mask_branch import pasted
from counterpoise.detection.regions import Candidates, Regions
from counterpoise.errors import InputError
from counterpoise.net import Classifier, Net
from counterpoise.predictors import TotalDirectEffect


@final
class Detector(Net):
    """Regions and the classifiers of their features; ``detector(batch)`` gives what is found.

    In training, `look` gives regions with features and targets, which the classifiers and losses of the library take
    as they take images; output 0 is the background and output k + 1 category k. At inference each classifier gives
    probabilities (R, C + 1), so put a `RegionProbabilities` around what was trained. A cascade averages them over its
    stages, each on its own regions (Cai, Vasconcelos, CVPR 2018; as mmdetection does).

    Args:
        backbone: everything but the box classifiers.
        classifier: the box classifiers, with the places of the backbone's stages.
        choice: the rule by which regions become what is found.
        readout: what is made of the averaged probabilities, (R, C + 1) -> (R, C + 1); nothing by default.
    """

    backbone: Regions
    classifier: BoxClassifiers  # pyright: ignore[reportIncompatibleVariableOverride]

    def __init__(
        self,
        backbone: Regions,
        classifier: BoxClassifiers,
        *,
        choice: Choice = USUAL,
        readout: nn.Module | None = None,
    ) -> None:
        super().__init__(backbone, classifier)  # pyright: ignore[reportArgumentType]
        self.choice, self.readout = choice, readout or nn.Identity()

    @property
    def classifiers(self) -> Mapping[str, Classifier]:
        """The box classifiers by place: "box", or in a cascade "box0", "box1" and "box2"."""
        return cast(dict[str, Classifier], dict(self.classifier.items()))

    def rewired(self, change: Callable[[str, Classifier], Classifier]) -> "Detector":
        """The same detector with other box classifiers: ``change(place, classifier)``. All else is shared."""
        changed = {place: change(place, one) for place, one in self.classifiers.items()}
        return Detector(self.backbone, BoxClassifiers(changed), choice=self.choice, readout=self.readout)

    def reading(self, readout: nn.Module) -> "Detector":
        """The same detector with another readout. All else is shared."""
        return Detector(self.backbone, self.classifier, choice=self.choice, readout=readout)

    def look(self, batch: SceneBatch) -> Looks:
        """A training batch: losses of everything but the box classifiers, and the regions for these."""
        return self.backbone.look(batch)

    @torch.no_grad()
    def forward(self, inputs: SceneBatch) -> list[Found]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """What is found in each picture, in evaluation mode; their objects are not read."""
        candidates = self.backbone.candidates(inputs)
        told = self.told(candidates)
        return placed(told, candidates, self.backbone.mask_logits(candidates, told))

    @torch.no_grad()
    def sweep(self, batch: SceneBatch, alphas: Sequence[float]) -> list[list[Found]]:
        """What is found, without masks, for each strength of a total direct effect.

        The regions and their features are computed once.

        Raises:
            InputError: the box classifiers have no total direct effect.
        """
        candidates, found = self.backbone.candidates(batch), []
        for alpha in alphas:
            with strength(self.classifier, alpha):
                found.append(placed(self.told(candidates), candidates))
        return found

    def told(self, candidates: Candidates) -> list[Found]:
        """What is found in each picture, in pixels of the net's input and without masks."""
        probabilities = self.probabilities(candidates.features).split([len(one) for one in candidates.boxes])
        return [self.choice(*pair) for pair in zip(candidates.boxes, probabilities, strict=True)]

    def probabilities(self, features: Mapping[str, Tensor]) -> Tensor:
        """Of the background and of each category; (R, D) by place -> (R, C + 1)."""
        each = [classifier(features[place]) for place, classifier in self.classifiers.items()]
        return self.readout(torch.stack(each).mean(dim=0))


@contextmanager
def strength(classifiers: nn.Module, alpha: float) -> Iterator[None]:
    """Inside, every total direct effect has this alpha."""
    effects = [part for part in classifiers.modules() if isinstance(part, TotalDirectEffect)]
    if not effects:
        raise InputError(
            "alpha is the strength of a total direct effect, but these box classifiers have none; train with tde"
        )
    before = [effect.alpha.clone() for effect in effects]
    try:
        for effect in effects:
            effect.alpha.fill_(alpha)
        yield
    finally:
        for effect, own in zip(effects, before, strict=True):
            effect.alpha.copy_(own)


def placed(told: list[Found], candidates: Candidates, masks: Sequence[Tensor] | None = None) -> list[Found]:
    """The same in pixels of the pictures as they were given; masks are logits (M, 1, 28, 28) of each picture."""
    logits = masks or [None] * len(told)
    sizes = zip(candidates.sizes, candidates.given, strict=True)
    return [
        as_given(found, size, given, mask)
        for found, mask, (size, given) in zip(told, logits, sizes, strict=True)
    ]


def as_given(found: Found, size: Size, given: Size, logits: Tensor | None) -> Found:
    """What was found in a picture of a size, in the picture as it was given."""
    boxes = resize_boxes(found.boxes, [*size], [*given])
    masks = None if logits is None else pasted(logits, boxes, given)
    return Found(boxes, found.scores, found.labels, masks)
