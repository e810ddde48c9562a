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


@final
@dataclass(frozen=True)
class Plain(Augmentation):
    """The centre of the image, normalised; no randomness.

    Image files are brought to ``size`` by `squared`; packed images have it already.

    Attributes:
        size: S, height and width of the result in pixels.
        mean: per channel, on the scale 0 to 1.
        std: per channel, on the scale 0 to 1.
        shorter: pixels that the shorter side of an image file is resized to before; None is that of `squared`.
    """

    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    shorter: int | None = None

    def draw(self, count: int, generator: Generator) -> Tensor:
        """Nothing to draw: (count, 0)."""
        return torch.empty(count, 0, dtype=torch.int64)

    def image(self, picture: Image.Image, draw: Tensor) -> Tensor:
        """Resize and cut out the centre: uint8 (S, S, 3)."""
        return as_tensor(squared(picture, self.size, self.shorter))

    def change(self, images: Tensor, draws: Tensor) -> Tensor:
        """As they are; the images must have ``size`` already."""
        require_size(images, self.size)
        return images

    def finish(self, images: Tensor) -> Tensor:
        """Normalise."""
        return normalize(images, self.mean, self.std)


def require_size(images: Tensor, size: int) -> None:
    """Refuse packed images (B, H, W, C) that are not ``size`` x ``size`` pixels."""
    if tuple(images.shape[1:3]) != (size, size):
        got = " x ".join(map(str, images.shape[1:3]))
        raise InputError(f"expected images of {size} x {size} pixels, but got {got}")
