"""Normalisation of a batch: bytes to floats with a given mean and standard deviation."""

from functools import lru_cache

import torch
from torch import Tensor

from counterpoise.errors import InputError


def normalize(images: Tensor, mean: tuple[float, ...], std: tuple[float, ...]) -> Tensor:
    """``(images / 255 - mean) / std`` as one multiply-add.

    Args:
        images: uint8 (B, H, W, C).
        mean: C numbers on the scale 0 to 1.
        std: C numbers on the scale 0 to 1.

    Returns:
        float32 (B, C, H, W) in channels-last memory, on the device of ``images``.

    Raises:
        InputError: when the numbers of channels differ.
    """
    if images.shape[-1] != len(mean):
        raise InputError(f"expected images of {len(mean)} channels, but got {images.shape[-1]}")
    scale, shift = _scale_and_shift(tuple(mean), tuple(std), images.device)
    values = images.to(torch.float32)
    return torch.addcmul(shift, values, scale, out=values).permute(0, 3, 1, 2)


@lru_cache(maxsize=64)
def _scale_and_shift(
    mean: tuple[float, ...], std: tuple[float, ...], device: torch.device
) -> tuple[Tensor, Tensor]:
    means, stds = torch.tensor(mean, dtype=torch.float64), torch.tensor(std, dtype=torch.float64)
    return (1 / (255 * stds)).float().to(device), (-means / stds).float().to(device)
