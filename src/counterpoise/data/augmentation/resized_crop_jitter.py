"""Random resized crop, horizontal flip and colour jitter, image by image."""

from dataclasses import dataclass
from typing import Any, final

import torch
from PIL import Image
from torch import Generator, Tensor
from torchvision.transforms import v2

from counterpoise.data.augmentation.augmentation import Augmentation
from counterpoise.data.augmentation.normalize import normalize
from counterpoise.data.augmentation.seeded import seeded
from counterpoise.data.pictures import as_tensor


@final
@dataclass(frozen=True)
class ResizedCropJitter(Augmentation):
    """The training augmentation of ImageNet-LT and Places-LT in De-confound-TDE's released code.

    A random part of the image (8 % to 100 % of the area, aspect ratio 3/4 to 4/3) resized to ``size`` x
    ``size``, mirrored half of the time, brightness, contrast and saturation changed by up to 0.4, hue kept.
    The draw of a sample is one seed; the global random generator is left as it was.

    Attributes:
        size: S, height and width of the result in pixels.
        mean: per channel, on the scale 0 to 1.
        std: per channel, on the scale 0 to 1.
        jitter: strength of the change of brightness, contrast and saturation; 0.4 in the released code.
    """

    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    jitter: float = 0.4

    def draw(self, count: int, generator: Generator) -> Tensor:
        """One seed per sample: (count, 1)."""
        return torch.randint(0, 2**62, (count, 1), generator=generator)

    def image(self, picture: Image.Image, draw: Tensor) -> Tensor:
        """Everything random, on the whole picture: uint8 (S, S, 3)."""
        return as_tensor(self._changed(picture, draw))

    def change(self, images: Tensor, draws: Tensor) -> Tensor:
        """Image by image through the same transforms as a file."""
        changed = images.new_empty(len(images), self.size, self.size, images.shape[-1])
        for row, image, draw in zip(changed, images.permute(0, 3, 1, 2), draws, strict=True):
            row.copy_(self._changed(image, draw).permute(1, 2, 0))
        return changed

    def finish(self, images: Tensor) -> Tensor:
        """Normalise."""
        return normalize(images, self.mean, self.std)

    def _changed(self, image: Any, draw: Tensor) -> Any:
        transform = v2.Compose(
            [
                v2.RandomResizedCrop(self.size, antialias=True),
                v2.RandomHorizontalFlip(),
                v2.ColorJitter(self.jitter, self.jitter, self.jitter),
            ]
        )
        with seeded(int(draw)):
            return transform(image)
