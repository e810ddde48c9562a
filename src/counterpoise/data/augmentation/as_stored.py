"""Nothing is done to what is stored: the rows of a table."""

from dataclasses import dataclass
from typing import final

import torch
from PIL import Image
from torch import Generator, Tensor

from counterpoise.data.augmentation.augmentation import Augmentation
from counterpoise.data.pictures import as_tensor


@final
@dataclass(frozen=True)
class AsStored(Augmentation):
    """What is stored is what the net receives; no randomness, no normalisation.

    Attributes:
        size: has no meaning here.
    """

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
        """As they are."""
        return images
