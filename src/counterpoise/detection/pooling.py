"""Features of regions, cut out of the maps of a pyramid."""

from torchvision.ops import MultiScaleRoIAlign
from torchvision.ops.poolers import LevelMapper

FINEST = 2
"""The finest map has a stride of 2^2 pixels."""


def region_pool(levels: int, size: int) -> MultiScaleRoIAlign:
    """Torchvision's RoIAlign over the maps of a pyramid, with the strides 4, 8 .. that they have.

    Torchvision guesses the strides from the first batch that comes, and for pictures that are padded by a large share
    it guesses wrong.

    Args:
        levels: number of maps.
        size: side of the squares that are cut out.
    """
    pool = MultiScaleRoIAlign([str(level) for level in range(levels)], output_size=size, sampling_ratio=2)
    pool.scales = [2.0 ** -(FINEST + level) for level in range(levels)]
    pool.map_levels = LevelMapper(FINEST, FINEST + levels - 1)
    return pool
