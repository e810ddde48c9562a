"""Data: splits of images, what is known about them, and how they stream to a net."""

from counterpoise.data.augmentation import Augmentation, CropFlip, Plain, ResizedCropJitter
from counterpoise.data.blocks import block_counts
from counterpoise.data.data import Data, Facts, Split
from counterpoise.data.inspection import Inspection, inspect
from counterpoise.data.profiles import draw_long_tail, exponential_counts, step_counts
from counterpoise.data.samples import ImageFiles, PackedImages, Samples
from counterpoise.data.sources import Source, load
from counterpoise.data.streams import Batch, Stream

__all__ = [
    "Augmentation",
    "Batch",
    "CropFlip",
    "Data",
    "Facts",
    "ImageFiles",
    "Inspection",
    "PackedImages",
    "Plain",
    "ResizedCropJitter",
    "Samples",
    "Source",
    "Split",
    "Stream",
    "block_counts",
    "draw_long_tail",
    "exponential_counts",
    "inspect",
    "load",
    "step_counts",
]
