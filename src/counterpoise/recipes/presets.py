"""The settings that papers used on their data sets; an option given by hand wins over its preset.

A preset holds the common settings and, by recipe and modifier, the options that go with them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from counterpoise.training.options import Training


@dataclass(frozen=True)
class Preset:
    """Settings of one paper on one data set.

    Attributes:
        training: the common settings.
        options: options by recipe or modifier.
    """

    training: Training
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


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

_NO_BIAS = {"cross_entropy": {"bias": False}}


def _effects(**options: Any) -> dict[str, dict[str, Any]]:
    """The same options for the modifier tde and each recipe that is made with it."""
    return dict.fromkeys(("tde", "cosine_tde", "capsule_tde", "deconfound_tde"), options)


cifar10_lt = Preset(_DECONFOUND_CIFAR, _NO_BIAS | _effects(alpha=1.0))
"""De-confound-TDE on CIFAR-10-LT: 200 epochs, released configuration."""

cifar100_lt = Preset(_DECONFOUND_CIFAR, _NO_BIAS | _effects(alpha=1.5))
"""De-confound-TDE on CIFAR-100-LT: 200 epochs, released configuration."""

imagenet_lt = Preset(_DECONFOUND_IMAGENET, _NO_BIAS | _effects(alpha=3.0, direction_momentum="coupled"))
"""De-confound-TDE on ImageNet-LT: 90 epochs from scratch, released configuration."""

places_lt = Preset(_DECONFOUND_IMAGENET, _NO_BIAS | _effects(alpha=3.0, direction_momentum="coupled"))
"""De-confound-TDE on Places-LT: the ImageNet-LT configuration; the paper prints no number."""

ldam_cifar = Preset(
    Training(
        epochs=200,
        batch_size=128,
        lr=0.1,
        weight_decay=2e-4,
        schedule="ldam_multistep",
        backbone="resnet32",
        augmentation="crop_flip",
    ),
    {"focal": {"gamma": 1.0}},
)
"""LDAM-DRW on CIFAR-10-LT and CIFAR-100-LT: 200 epochs, released configuration.

The value-of-labels paper trains all its CIFAR rows with it, and the class-balanced loss has the same one with
steps after epoch 160 and 180.
"""

bbn_cifar = Preset(
    Training(
        epochs=200,
        batch_size=128,
        lr=0.1,
        weight_decay=2e-4,
        nesterov=True,
        schedule="warmup_multistep",
        backbone="resnet32_two_branch",
        augmentation="crop_flip",
    )
)
"""BBN on CIFAR-10-LT and CIFAR-100-LT: 200 epochs, released configuration."""

decoupling_imagenet_lt = Preset(_DECONFOUND_IMAGENET)
"""Decoupling on ImageNet-LT: 90 epochs of ResNeXt-50 from scratch, released configuration; the second stages of
`crt` and `lws` have the released 10 and 5 epochs by default."""

_DIR_AGES = Training(
    epochs=90,
    batch_size=256,
    lr=1e-3,
    weight_decay=0.0,
    optimizer="adam",
    schedule="dir_multistep",
    backbone="resnet50",
    augmentation="crop_flip",
    workers=12,
)
_PLAIN_TARGETS = {"regression": {"standardize": False}}

imdb_wiki_dir = Preset(_DIR_AGES, _PLAIN_TARGETS)
"""Deep imbalanced regression on IMDB-WIKI-DIR: ResNet-50 from scratch, 90 epochs, released configuration. The release
pads its random crop by 16 pixels, ours by an eighth of the size, and normalises with 0.5."""

agedb_dir = Preset(_DIR_AGES, _PLAIN_TARGETS)
"""Deep imbalanced regression on AgeDB-DIR: the configuration of IMDB-WIKI-DIR."""

_RIDE_CIFAR = Training(
    epochs=200,
    batch_size=128,
    lr=0.1,
    nesterov=True,
    schedule="ldam_multistep",
    backbone="resnet32",
    augmentation="crop_flip",
)
_RIDE_LARGE = Training(
    epochs=100,
    batch_size=256,
    lr=0.1,
    weight_decay=2e-4,
    nesterov=True,
    schedule="ride_multistep",
    backbone="resnext50_32x4d",
    augmentation="resized_crop_jitter",
    workers=12,
)
_INATURALIST = replace(_RIDE_LARGE, batch_size=512, lr=0.2, backbone="resnet50")

ride_cifar100_lt = Preset(_RIDE_CIFAR)
"""RIDE on CIFAR100-LT: 200 epochs, released configuration."""

ride_imagenet_lt = Preset(_RIDE_LARGE, {"ride": {"diversity": -0.2, "spread": 0.02}, "routing": {"top": 50}})
"""RIDE on ImageNet-LT: 100 epochs of ResNeXt-50 from scratch, released configuration."""

ride_inaturalist = Preset(
    _INATURALIST, {"ride": {"diversity": -0.2, "spread": 0.015}, "routing": {"top": 50}}
)
"""RIDE on iNaturalist 2018: 100 epochs of ResNet-50 from scratch, released configuration; the augmentation is that of
ImageNet-LT (ours)."""

tade_cifar100_lt = Preset(replace(_RIDE_CIFAR, schedule="sade_multistep"))
"""TADE, later called SADE, on CIFAR100-LT: 200 epochs, released configuration."""

tade_imagenet_lt = Preset(
    replace(_RIDE_LARGE, epochs=180, batch_size=64, lr=0.025, weight_decay=5e-4, schedule="moco_cosine")
)
"""TADE on ImageNet-LT: 180 epochs of ResNeXt-50 from scratch, released configuration."""

tade_inaturalist = Preset(_INATURALIST, {"tade": {"tau": 1.0}})
"""TADE on iNaturalist 2018: 100 epochs of ResNet-50 from scratch, released configuration; the augmentation is that of
ImageNet-LT (ours)."""

tade_places_lt = Preset(
    Training(
        epochs=30,
        batch_size=128,
        lr=0.01,
        weight_decay=4e-4,
        nesterov=True,
        schedule="places_multistep",
        backbone="resnet152.tv_in1k",
        pretrained=True,
        augmentation="resized_crop_jitter",
        workers=12,
    ),
    {"tade": {"tau": 1.0, "trunk_rate": 0.1, "width": 1.0}},
)
"""TADE on Places-LT: 30 epochs of a ResNet-152 that starts from ImageNet, whose trunk learns at a tenth of the rate;
released configuration. Which weights of ImageNet, and the full width, at which the experts have them too, are ours."""

_LVIS = Training(
    epochs=20,
    batch_size=16,
    lr=0.02,
    weight_decay=1e-4,
    schedule="detection_multistep",
    backbone="resnet101",
    pretrained=True,
    augmentation="flip",
    workers=12,
    detector="cascade_mask_rcnn",
)


def _exempted(momentum: float) -> dict[str, dict[str, Any]]:
    """The released form of background exemption, and the decay of the head direction."""
    names = ("detection_cosine_tde", "detection_capsule_tde", "detection_deconfound_tde")
    effect, form = {"alpha": 1.5, "direction_momentum": momentum}, {"form": "released"}
    return {"tde": effect, "background_exemption": form, **dict.fromkeys(names, effect | form)}


lvis_v0_5 = Preset(_LVIS, {"detection_cross_entropy": {"bias": False}} | _exempted(0.9))
"""De-confound-TDE on LVIS 0.5: Cascade Mask R-CNN R101-FPN, 20 epochs, released configuration. The released detector is
a hybrid task cascade with a mask branch for each stage, ours has one; it clips gradients at a norm of 35, ours does
not."""

lvis_v1 = Preset(_LVIS, _exempted(0.9998))
"""De-confound-TDE on LVIS 1.0: as on LVIS 0.5, with the released decay and a bias in the baseline. The release takes
the head direction of all regions but those of the first category by mistake, ours that of the foreground."""

PRESETS = {name: value for name, value in globals().items() if isinstance(value, Preset)}
