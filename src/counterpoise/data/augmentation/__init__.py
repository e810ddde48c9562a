"""Augmentations: from stored pixels to what the net receives."""

from counterpoise.data.augmentation.as_stored import AsStored
from counterpoise.data.augmentation.augmentation import Augmentation
from counterpoise.data.augmentation.crop_flip import CropFlip
from counterpoise.data.augmentation.grid_shift import GridShift
from counterpoise.data.augmentation.plain import Plain
from counterpoise.data.augmentation.policies import (
    contrastive_policy,
    learned_policy,
    random_policy,
    recolouring_policy,
)
from counterpoise.data.augmentation.resized_crop_jitter import ResizedCropJitter
from counterpoise.data.augmentation.scene_flip import SceneFlip
from counterpoise.data.augmentation.standardized import Standardized
from counterpoise.data.augmentation.transformed import Transformed

__all__ = [
    "AsStored",
    "Augmentation",
    "CropFlip",
    "GridShift",
    "Plain",
    "ResizedCropJitter",
    "SceneFlip",
    "Standardized",
    "Transformed",
    "contrastive_policy",
    "learned_policy",
    "random_policy",
    "recolouring_policy",
]
