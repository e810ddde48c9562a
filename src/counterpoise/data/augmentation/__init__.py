"""Augmentations: from stored pixels to what the net receives."""

from counterpoise.data.augmentation.augmentation import Augmentation
from counterpoise.data.augmentation.crop_flip import CropFlip
from counterpoise.data.augmentation.plain import Plain
from counterpoise.data.augmentation.resized_crop_jitter import ResizedCropJitter

__all__ = ["Augmentation", "CropFlip", "Plain", "ResizedCropJitter"]
