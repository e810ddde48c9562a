"""From arrays of pixels to splits: what the built-in sets have in common."""

import torch
from torch import Tensor
from torchvision.transforms.v2 import functional

from counterpoise.data.data import Split
from counterpoise.data.samples import PackedImages


def array_split(split: str, images: Tensor, targets: Tensor, *, image_size: int | None) -> Split:
    """Packed images, uint8 (N, H, W, C), named "split/position", at ``image_size`` if that is given."""
    names = tuple(f"{split}/{i}" for i in range(len(targets)))
    return Split(PackedImages(_resized(images, image_size)), targets.long(), names)


def _resized(images: Tensor, image_size: int | None) -> Tensor:
    if image_size in (None, images.shape[1]):
        return images
    chunks = images.permute(0, 3, 1, 2).split(1024)
    resized = [functional.resize(chunk, [image_size, image_size], antialias=True) for chunk in chunks]
    return torch.cat(resized).permute(0, 2, 3, 1).contiguous()
