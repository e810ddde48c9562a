"""Blocks of a density map: the local counts that a crowd is counted by."""

import torch.nn.functional as F
from torch import Tensor

from counterpoise.errors import InputError


def block_counts(density: Tensor, size: int) -> Tensor:
    """The sum of a density map over blocks that do not overlap; (B, 1, X, Y) -> (B, 1, X / size, Y / size).

    Their sum is that of the map, so an image is counted by adding its blocks. The papers on counting by classification
    (Xiong, Yao, CVPR 2024, and before) have blocks of 32 x 32 pixels, the stride of their backbone, and pad pictures to
    a multiple of it.

    Raises:
        InputError: a side of the map is not a multiple of the block's.
    """
    if size < 1 or density.shape[-2] % size or density.shape[-1] % size:
        raise InputError(
            f"a density map has whole blocks only, but {tuple(density.shape[-2:])} pixels came for blocks of {size}; "
            "pad it with zeros to a multiple"
        )
    return F.avg_pool2d(density, size, divisor_override=1)
