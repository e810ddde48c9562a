"""Data: splits of images, what is known about them, and how they stream to a net."""

from counterpoise.data.augmentation import Augmentation, CropFlip, Plain, ResizedCropJitter
from counterpoise.data.blocks import block_counts
from counterpoise.data.data import Data, Facts, Split
from counterpoise.data.inspection import Inspection, inspect
from counterpoise.data.profiles import (
    by_digit,
    draw_long_tail,
    exponential_counts,
    relevant_counts,
    step_counts,
    unlabeled_counts,
    usb_counts,
)
from counterpoise.data.samples import ImageFiles, PackedImages, Samples
from counterpoise.data.sources import Source, load
from counterpoise.data.streams import Batch, Stream
from counterpoise.data.unlabeled_draw import LabeledUnlabeled, draw_disjoint, draw_labeled_and_unlabeled

__all__ = [
    "Augmentation",
    "Batch",
    "CropFlip",
    "Data",
    "Facts",
    "ImageFiles",
    "Inspection",
    "LabeledUnlabeled",
    "PackedImages",
    "Plain",
    "ResizedCropJitter",
    "Samples",
    "Source",
    "Split",
    "Stream",
    "block_counts",
    "by_digit",
    "draw_disjoint",
    "draw_labeled_and_unlabeled",
    "draw_long_tail",
    "exponential_counts",
    "inspect",
    "load",
    "relevant_counts",
    "step_counts",
    "unlabeled_counts",
    "usb_counts",
]
