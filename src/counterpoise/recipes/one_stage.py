"""What recipes for images and tables share: backbone, streams, and one supervised stage."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from torch import nn

from counterpoise.backbones import (
    PerOutput,
    embedding_backbone,
    image_backbone,
    places_backbone,
    table_backbone,
)
from counterpoise.classifiers import LinearClassifier
from counterpoise.counts import count_classes
from counterpoise.data.augmentation import Augmentation, CropFlip, GridShift, ResizedCropJitter, SceneFlip
from counterpoise.data.data import Data, Facts
from counterpoise.data.grid import Grid
from counterpoise.data.streams import Stream
from counterpoise.errors import InputError
from counterpoise.losses import CrossEntropy
from counterpoise.losses.loss import Loss
from counterpoise.net import Classifier, Net
from counterpoise.samplers import ClassAwareSampler
from counterpoise.steps import Detect, Encode, EncodePlaces, Objective, Step, supervised
from counterpoise.training.optimizers import optimizer_of
from counterpoise.training.options import AugmentationName, Training
from counterpoise.training.stage import Experiment, Late, Now, Stage

SMALL_SCENE = 128
"""Shorter side in pixels up to which pictures are drawn ones, whose mirror image may be of another thing (ours)."""


def one_stage(
    data: Data,
    training: Training,
    classifier: Callable[[int, int], Classifier],
    loss: Late[Loss] = lambda now: CrossEntropy(),
) -> Experiment:
    """One supervised stage over a backbone and a classifier.

    Args:
        data: what to learn.
        training: the common settings.
        classifier: makes the classifier from the number of features and classes.
        loss: late; the loss on its outputs.
    """

    def net() -> Net:
        backbone = backbone_of(training, data.facts)
        return Net(backbone, classifier(backbone.num_features, data.num_classes))  # pyright: ignore

    stage = Stage(
        name="main",
        role="main",
        epochs=training.epochs,
        objective=lambda now: supervised(loss(now), encoding(data.facts)),
        streams=training_stream(training),
        optimizer=optimizer_of(training),
        schedule=training.scheduled,
    )
    return Experiment(data=data, training=training, net=net, stages=(stage,))


def require_images(facts: Facts, word: str) -> None:
    """Refuse what is not a look at a whole image.

    Raises:
        InputError: the samples are rows of a table, embeddings, or places of images.
    """
    if facts.has_rows or facts.grid:
        what = "a value for each place of an image" if facts.grid else facts.noun
        raise InputError(f"{word} is for whole images, but {facts.name} has {what}; leave it out")


def encoding(facts: Facts) -> Step:
    """The step that makes the rows of features: one for each sample, or for each value or region that it has."""
    if facts.objects:
        return Detect()
    return EncodePlaces() if facts.target and not facts.target.has_one else Encode()


def linear_starting_at(probability: float) -> Callable[[int, int], LinearClassifier]:
    """Makes linear classifiers whose sigmoids all start at a probability, through the bias.

    Raises:
        InputError: the probability does not lie between 0 and 1.
    """
    if not 0 < probability < 1:
        raise InputError(f"start must be a probability between 0 and 1, but {probability} came; try 0.01")

    def classifier(dim: int, num_classes: int) -> LinearClassifier:
        made = LinearClassifier(dim, num_classes)
        nn.init.constant_(made.linear.bias, math.log(probability / (1 - probability)))
        return made

    return classifier


def backbone_of(training: Training, facts: Facts) -> nn.Module:
    """The backbone that the settings name, for images or rows of these data."""
    if facts.target and facts.target.outputs:
        return PerOutput(plain_backbone(training, facts), len(facts.target.outputs.names))
    return plain_backbone(training, facts)


def plain_backbone(training: Training, facts: Facts) -> nn.Module:
    """As `backbone_of`, the same for one target and for several."""
    if facts.kind == "embedding":
        return embedding_backbone(training.backbone, facts.shape)
    if facts.kind == "table":
        return table_backbone(training.backbone, facts.shape)
    if facts.grid:
        return places_backbone(
            training.backbone, facts.shape, stride=facts.grid.stride, pretrained=training.pretrained
        )
    return image_backbone(training.backbone, facts.shape, pretrained=training.pretrained)


def training_stream(training: Training) -> Callable[[Now, Objective], Mapping[str, Stream]]:
    """Late: the training split, shuffled and augmented."""

    def streams(now: Now, objective: Objective) -> Mapping[str, Stream]:
        split = now.data.splits["train"]
        look = augmentation(training.augmentation, now.data.facts)
        return {"train": Stream(split, split.samples.shuffled(), training.batch_size, look, training.workers)}

    return streams


def class_aware_stream(training: Training) -> Callable[[Now, Objective], Mapping[str, Stream]]:
    """Late: the training split, augmented, 4 samples of each class in turn, as in stage 2 of Decoupling and OLTR."""

    def streams(now: Now, objective: Objective) -> Mapping[str, Stream]:
        train = training_stream(training)(now, objective)["train"]
        targets = train.split.targets
        sampler = ClassAwareSampler(targets, count_classes(targets, now.data.num_classes))
        return {"train": replace(train, sampler=sampler)}

    return streams


def augmentation(name: AugmentationName, facts: Facts) -> Augmentation:
    """The augmentation of a name, for images of this size; rows of a table, and embeddings, have none.

    "auto" crops pictures up to 16 pixels by one pixel (digits, whose mirror image is another thing), crops and
    flips up to 64 pixels as on CIFAR, and does as on ImageNet-LT above. Where targets are maps it mirrors, and shifts
    where things are counted; see `GridShift`. For pictures with objects see `scene_augmentation`.

    Raises:
        InputError: the name is of one for images, but the samples are rows, or is of one that maps cannot follow.
    """
    if facts.objects:
        return scene_augmentation(name, facts)
    if facts.grid:
        return grid_augmentation(name, facts, facts.grid)
    if facts.has_rows and name not in ("auto", "none"):
        raise InputError(f"{facts.noun} have no augmentation, but {name} came; leave --augmentation out")
    size = facts.shape[-1]
    if name == "auto":
        name = "crop" if size <= 16 else "crop_flip" if size <= 64 else "resized_crop_jitter"
    if name == "none" or facts.has_rows:
        return facts.plain
    if name == "resized_crop_jitter":
        return ResizedCropJitter(size, facts.mean, facts.std)
    padding = 0 if name == "flip" else max(1, size // 8)
    return CropFlip(size, facts.mean, facts.std, padding=padding, flip=name != "crop")


def scene_augmentation(name: AugmentationName, facts: Facts) -> SceneFlip:
    """The augmentation of a name for pictures with objects; "auto" mirrors them unless they are small (ours).

    Raises:
        InputError: the name is of one that boxes cannot follow.
    """
    if name not in ("auto", "none", "flip"):
        raise InputError(f"boxes cannot follow the augmentation {name}; take flip, none or auto")
    return SceneFlip(flip=name == "flip" or (name == "auto" and facts.shape[1] > SMALL_SCENE))


def grid_augmentation(name: AugmentationName, facts: Facts, grid: Grid) -> GridShift:
    """The augmentation of a name for images with maps of targets: shifts by up to one place, or none for depths."""
    if name == "resized_crop_jitter":
        raise InputError(f"maps of targets cannot follow {name}; leave --augmentation out, or take crop_flip")
    shift = grid.stride // grid.cell if grid.counts and name not in ("none", "flip") else 0
    flip = name in ("auto", "flip", "crop_flip")
    return GridShift(facts.shape[-1], facts.mean, facts.std, grid, shift=shift, flip=flip)
