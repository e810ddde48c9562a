"""Random crop of the padded image and random horizontal flip, a whole batch at once."""

from dataclasses import dataclass
from typing import final

import torch
from PIL import Image
from torch import Generator, Tensor

from counterpoise.data.augmentation.augmentation import Augmentation
from counterpoise.data.augmentation.normalize import normalize
from counterpoise.data.augmentation.plain import require_size
from counterpoise.data.augmentation.shift import shifted
from counterpoise.data.pictures import as_tensor, squared


@final
@dataclass(frozen=True)
class CropFlip(Augmentation):
    """Pad with black, cut out a random square of the old size, mirror every second image.

    The augmentation of CIFAR in LDAM, BBN and De-confound-TDE. The draws of a sample are (row offset, column
    offset, mirrored or not).

    Attributes:
        size: S, height and width of the images in pixels. Image files are brought to it first (shorter side
            to ``size``, centre square).
        mean: per channel, on the scale 0 to 1.
        std: per channel, on the scale 0 to 1.
        padding: pixels added on each side; 4 in the released codes.
        flip: False where a mirrored image means something else, as with digits.
    """

    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    padding: int = 4
    flip: bool = True

    def draw(self, count: int, generator: Generator) -> Tensor:
        """Row offset, column offset, mirrored or not: (count, 3)."""
        offsets = torch.randint(0, 2 * self.padding + 1, (count, 2), generator=generator)
        mirrored = torch.randint(0, 2, (count, 1), generator=generator)
        return torch.cat([offsets, mirrored * self.flip], dim=1)

    def image(self, picture: Image.Image, draw: Tensor) -> Tensor:
        """Bring the picture to ``size``, then `change` it alone: uint8 (S, S, 3)."""
        return self.change(as_tensor(squared(picture, self.size))[None], draw[None])[0]

    def change(self, images: Tensor, draws: Tensor) -> Tensor:
        """Pad, crop and mirror by one gather over the batch."""
        require_size(images, self.size)
        top, left, mirrored = draws.to(images.device).unbind(1)
        return shifted(images, top, left, mirrored == 1, padding=self.padding)

    def finish(self, images: Tensor) -> Tensor:
        """Normalise."""
        return normalize(images, self.mean, self.std)
