"""Pictures with the objects in them: what mirrors a picture mirrors their boxes and masks."""

from dataclasses import dataclass
from typing import final

import torch
from PIL import Image
from torch import Generator, Tensor

from counterpoise.data.augmentation.augmentation import Augmentation
from counterpoise.data.pictures import as_tensor


@final
@dataclass(frozen=True)
class SceneFlip(Augmentation):
    """Mirror every second picture, of whatever size, or none, as at test time.

    Pictures keep their size and are on the scale 0 to 1: detectors resize and normalise them themselves. Mirroring is
    the one augmentation of Mask R-CNN (He et al., ICCV 2017) beside the choice of a size. The draw of a sample is
    mirrored or not.

    Attributes:
        flip: whether to mirror; False is how pictures are at test time, and where a mirrored thing is another thing,
            as with digits.
        size: has no meaning here.
    """

    flip: bool = False
    size: int = 0

    def draw(self, count: int, generator: Generator) -> Tensor:
        """Mirrored or not: (count, 1)."""
        return torch.randint(0, 2, (count, 1), generator=generator) * self.flip

    def image(self, picture: Image.Image, draw: Tensor) -> Tensor:
        """The pixels of a picture, mirrored or not: uint8 (H, W, 3)."""
        pixels = as_tensor(picture)
        return pixels.flip(1) if draw[0] else pixels

    def change(self, images: Tensor, draws: Tensor) -> Tensor:
        """Mirror those pictures of one size, uint8 (B, H, W, 3), whose draw says so."""
        return torch.where(draws.to(images.device)[:, :, None, None] == 1, images.flip(2), images)

    def finish(self, images: Tensor) -> Tensor:
        """Pictures of one size on the scale 0 to 1; uint8 (B, H, W, 3) -> float32 (B, 3, H, W)."""
        return images.permute(0, 3, 1, 2).float() / 255

    def objects(self, objects: dict[str, Tensor], width: int, draw: Tensor) -> dict[str, Tensor]:
        """Boxes (M, 4) and masks (M, H, W) moved as a picture of that width is; labels and the like stay."""
        if not draw[0]:
            return objects
        left, top, right, bottom = objects["boxes"].unbind(1)
        moved = {"boxes": torch.stack([width - right, top, width - left, bottom], dim=1)}
        if "masks" in objects:
            moved["masks"] = objects["masks"].flip(2)
        return {**objects, **moved}
