"""No augmentation: what a net receives at test time."""

from dataclasses import dataclass
from typing import final

import torch
from PIL import Image
from torch import Generator, Tensor

from counterpoise.data.augmentation.augmentation import Augmentation
from counterpoise.data.augmentation.normalize import normalize
from counterpoise.data.pictures import as_tensor, squared
from counterpoise.errors import InputError

LARGE = 128


@final
@dataclass(frozen=True)
class Plain(Augmentation):
    """The centre of the image, normalised; no randomness.

    Image files: the shorter side becomes ``round(size * 256 / 224)`` for a size of at least 128 (resize to
    256, crop 224: the test transform of ImageNet-LT), else ``size``; then the centre square is cut out.
    Packed images have ``size`` already.

    Attributes:
        size: S, height and width of the result in pixels.
        mean: per channel, on the scale 0 to 1.
        std: per channel, on the scale 0 to 1.
    """

    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def draw(self, count: int, generator: Generator) -> Tensor:
        """Nothing to draw: (count, 0)."""
        return torch.empty(count, 0, dtype=torch.int64)

    def image(self, picture: Image.Image, draw: Tensor) -> Tensor:
        """Resize and cut out the centre: uint8 (S, S, 3)."""
        shorter_side = round(self.size * 256 / 224) if self.size >= LARGE else self.size
        return as_tensor(squared(picture, self.size, shorter_side=shorter_side))

    def batch(self, images: Tensor, draws: Tensor) -> Tensor:
        """Normalise; the images must have ``size`` already."""
        require_size(images, self.size)
        return normalize(images, self.mean, self.std)

    def finish(self, images: Tensor, draws: Tensor) -> Tensor:
        """The same as `batch`."""
        return self.batch(images, draws)


def require_size(images: Tensor, size: int) -> None:
    """Refuse packed images (B, H, W, C) that are not ``size`` x ``size`` pixels."""
    if tuple(images.shape[1:3]) != (size, size):
        got = " x ".join(map(str, images.shape[1:3]))
        raise InputError(f"expected images of {size} x {size} pixels, but got {got}")
