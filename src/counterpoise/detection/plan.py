"""The numbers of a detector that go with the size of its pictures."""

from dataclasses import dataclass

SMALL_SIDE = 256


@dataclass(frozen=True)
class Plan:
    """Widths and numbers of a two-stage detector.

    The defaults are those of the LVIS runs of Tang et al., NeurIPS 2020, and of torchvision, for pictures whose shorter
    side has 800 pixels.

    Attributes:
        width: channels of each map of the pyramid; torchvision's own pyramids have 256.
        dim: number of features D of a region.
        anchor: side of the square anchor of a map, in pixels of this map.
        proposals: regions of an image that the region proposal network keeps, in training and at inference.
        regions: sampled of each image in training.
        positive: share of them that may show an object.
        mask_widths: channels of the convolutions of the mask head.
    """

    width: int = 256
    dim: int = 1024
    anchor: int = 8
    proposals: tuple[int, int] = (2000, 1000)
    regions: int = 512
    positive: float = 0.25
    mask_widths: tuple[int, ...] = (256, 256, 256, 256)


SMALL = Plan(width=64, dim=128, anchor=4, proposals=(200, 100), regions=64, mask_widths=(32, 32))
"""For pictures up to 256 pixels (ours): a training step of the small backbone takes a core tens of milliseconds."""


def plan_for(short: int) -> Plan:
    """The numbers for pictures with so many pixels along their shorter side."""
    return SMALL if short <= SMALL_SIDE else Plan()
