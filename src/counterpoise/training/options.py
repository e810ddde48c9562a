"""The settings that every recipe shares."""

from dataclasses import dataclass
from typing import Literal

from counterpoise.detection.build import DetectorName
from counterpoise.errors import InputError
from counterpoise.training import schedules
from counterpoise.training.schedules import Schedule

ScheduleName = Literal[
    "warmup_cosine",
    "cosine",
    "cosine_by_epoch",
    "warmup_multistep",
    "ldam_multistep",
    "ride_multistep",
    "sade_multistep",
    "places_multistep",
    "moco_cosine",
    "dir_multistep",
    "detection_multistep",
    "constant",
]
OptimizerName = Literal["sgd", "adam", "adamw"]
AugmentationName = Literal["auto", "none", "flip", "crop", "crop_flip", "resized_crop_jitter"]


@dataclass(frozen=True)
class Training:
    """How long and how a net is trained. Defaults are ours unless a preset of a paper is chosen.

    Args:
        epochs: passes over the training data.
        batch_size: images per step over all processes together; an incomplete last batch is dropped.
        lr: base learning rate; papers on ages give Adam 0.001.
        momentum: momentum of SGD.
        weight_decay: L2 penalty on every parameter.
        nesterov: whether SGD looks ahead.
        schedule: course of the learning rate.
        backbone: "auto" (by image size; mlp for rows of a table, none for embeddings), mlp, none, resnet32,
            resnet32_two_branch, small_cnn, or the name of any timm model.
        pretrained: whether to start from timm's pretrained weights.
        augmentation: "auto" (by image size), or what is done to training images.
        workers: processes that decode image files.
        optimizer: sgd, adam or adamw; only sgd has momentum.
        detector: of pictures with objects: "auto" (mask_rcnn where they have masks, else faster_rcnn), or which one.
    """

    epochs: int = 100
    batch_size: int = 128
    lr: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 5e-4
    nesterov: bool = False
    schedule: ScheduleName = "warmup_cosine"
    backbone: str = "auto"
    pretrained: bool = False
    augmentation: AugmentationName = "auto"
    workers: int = 2
    optimizer: OptimizerName = "sgd"
    detector: DetectorName = "auto"

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch_size < 1:
            raise InputError(
                f"epochs and batch_size must be at least 1, but {self.epochs} and {self.batch_size} came"
            )
        if not (self.lr > 0 and self.weight_decay >= 0 and 0 <= self.momentum < 1):
            raise InputError(
                "lr must be positive, weight_decay not negative and momentum in [0, 1), but "
                f"{self.lr}, {self.weight_decay} and {self.momentum} came"
            )

    @property
    def scheduled(self) -> Schedule:
        """The schedule as a function."""
        return getattr(schedules, self.schedule)
