"""What is done to the rows of an embedding."""

from dataclasses import dataclass
from typing import final

import torch
from PIL import Image
from torch import Generator, Tensor

from counterpoise.data.augmentation.augmentation import Augmentation
from counterpoise.data.pictures import as_tensor


@final
@dataclass(frozen=True)
class Standardized(Augmentation):
    """Rows of numbers as float32, each feature moved and scaled; no randomness.

    Attributes:
        mean: of each feature.
        std: of each feature.
        size: has no meaning here.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]
    size: int = 0

    def draw(self, count: int, generator: Generator) -> Tensor:
        """Nothing to draw: (count, 0)."""
        return torch.empty(count, 0, dtype=torch.int64)

    def image(self, picture: Image.Image, draw: Tensor) -> Tensor:
        """The pixels of a picture: uint8 (H, W, 3)."""
        return as_tensor(picture)

    def change(self, images: Tensor, draws: Tensor) -> Tensor:
        """As they are."""
        return images

    def finish(self, images: Tensor) -> Tensor:
        """``(rows - mean) / std`` as one multiply-add; (B, D) -> float32."""
        mean, std = (torch.tensor(one, device=images.device) for one in (self.mean, self.std))
        rows = images.to(torch.float32, copy=True)
        return torch.addcmul(-mean / std, rows, 1 / std, out=rows)
