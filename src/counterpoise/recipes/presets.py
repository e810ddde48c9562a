"""The settings that papers used on their data sets; an option given by hand wins over its preset.

A preset holds the common settings and, by recipe or modifier, the options that go with them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from counterpoise.training.options import Training


@dataclass(frozen=True)
class Preset:
    """Settings of one paper on one data set.

    Attributes:
        training: the common settings.
        options: option -> value, for every recipe and modifier that has this option.
    """

    training: Training
    options: Mapping[str, Any] = field(default_factory=dict)


_DECONFOUND_CIFAR = Training(
    epochs=200,
    batch_size=256,
    lr=0.2,
    schedule="warmup_multistep",
    backbone="resnet32_two_branch",
    augmentation="crop_flip",
)
_DECONFOUND_IMAGENET = Training(
    epochs=90,
    batch_size=512,
    lr=0.2,
    schedule="cosine_by_epoch",
    backbone="resnext50_32x4d",
    augmentation="resized_crop_jitter",
    workers=12,
)

cifar10_lt = Preset(_DECONFOUND_CIFAR, {"alpha": 1.0, "bias": False})
"""De-confound-TDE on CIFAR-10-LT: 200 epochs, released configuration."""

cifar100_lt = Preset(_DECONFOUND_CIFAR, {"alpha": 1.5, "bias": False})
"""De-confound-TDE on CIFAR-100-LT: 200 epochs, released configuration."""

imagenet_lt = Preset(_DECONFOUND_IMAGENET, {"alpha": 3.0, "direction_momentum": "coupled", "bias": False})
"""De-confound-TDE on ImageNet-LT: 90 epochs from scratch, released configuration."""

places_lt = Preset(_DECONFOUND_IMAGENET, {"alpha": 3.0, "direction_momentum": "coupled", "bias": False})
"""De-confound-TDE on Places-LT: the ImageNet-LT configuration; the paper prints no number."""

PRESETS = {name: value for name, value in globals().items() if isinstance(value, Preset)}
