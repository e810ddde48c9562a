"""What is known about the categories of a detection data set beside their names and numbers of instances."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from counterpoise.errors import InputError

Frequency = Literal["r", "c", "f"]

MOST_IMAGES_OF_RARE, MOST_IMAGES_OF_COMMON = 10, 100
"""LVIS (Gupta et al., CVPR 2019): rare categories are in 1 to 10 training images, common ones in 11 to 100."""


@dataclass(frozen=True)
class Objects:
    """The C categories of things in pictures.

    Attributes:
        category_ids: numbers of the categories in the annotations, ascending; category k of them is label k.
        image_counts: training images that show at least one of each.
        frequency: "r" (rare), "c" (common) or "f" (frequent).
        masks: whether every training instance has a mask.
        federated: whether images say which categories were looked for in them. Where they do, as in LVIS, a category
            that an image neither shows nor names as absent is unknown there; else it is absent.

    Raises:
        InputError: the lists differ in length, or a frequency is another word.
    """

    category_ids: tuple[int, ...]
    image_counts: tuple[int, ...]
    frequency: tuple[Frequency, ...]
    masks: bool
    federated: bool

    def __post_init__(self) -> None:
        lengths = [len(self.category_ids), len(self.image_counts), len(self.frequency)]
        if len(set(lengths)) != 1:
            raise InputError(
                f"expected an id, a number of images and a frequency of each category, but {lengths} of them came"
            )
        if not set(self.frequency) <= {"r", "c", "f"}:
            raise InputError(f"expected the frequencies r, c and f, but {sorted(set(self.frequency))} came")


def frequency_of(image_counts: Sequence[int]) -> tuple[Frequency, ...]:
    """Frequency by LVIS's rule; a category without a training image is rare (ours)."""
    return tuple(
        "r" if images <= MOST_IMAGES_OF_RARE else "c" if images <= MOST_IMAGES_OF_COMMON else "f"
        for images in image_counts
    )
