"""Pictures whose targets are maps: what moves the picture moves its map."""

from dataclasses import dataclass
from typing import final

import torch
from PIL import Image
from torch import Generator, Tensor

from counterpoise.data.augmentation.augmentation import Augmentation
from counterpoise.data.augmentation.normalize import normalize
from counterpoise.data.augmentation.plain import require_size
from counterpoise.data.augmentation.shift import shifted
from counterpoise.data.grid import Grid
from counterpoise.data.pictures import as_tensor


@final
@dataclass(frozen=True)
class GridShift(Augmentation):
    """Shift a picture by whole cells of its grid, mirror every second one, and its map of targets likewise.

    What leaves the picture is gone from its count, and what comes in is black and counts nothing. Without a shift and
    a flip, the defaults, the picture is as it is at test time. The draws of a sample are (rows, columns, mirrored or
    not). Ours; the papers on counting crop larger pictures at random.

    Attributes:
        size: S, height and width of the images in pixels; a multiple of the grid's stride. Image files are brought to
            it first, see `Grid.placed`.
        mean: per channel, on the scale 0 to 1.
        std: per channel, on the scale 0 to 1.
        grid: where targets lie.
        shift: largest shift in cells; more than 0 is for counts alone.
        flip: whether to mirror.
    """

    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    grid: Grid
    shift: int = 0
    flip: bool = False

    def draw(self, count: int, generator: Generator) -> Tensor:
        """Row offset, column offset, mirrored or not: (count, 3)."""
        offsets = torch.randint(0, 2 * self.shift + 1, (count, 2), generator=generator)
        mirrored = torch.randint(0, 2, (count, 1), generator=generator)
        return torch.cat([offsets, mirrored * self.flip], dim=1)

    def image(self, picture: Image.Image, draw: Tensor) -> Tensor:
        """Bring the picture to ``size``, then `change` it alone: uint8 (S, S, 3)."""
        return self.change(as_tensor(self.grid.placed(picture, self.size))[None], draw[None])[0]

    def change(self, images: Tensor, draws: Tensor) -> Tensor:
        """Shift and mirror by one gather over the batch."""
        require_size(images, self.size)
        return self._moved(images, draws.to(images.device), self.grid.cell)

    def finish(self, images: Tensor) -> Tensor:
        """Normalise."""
        return normalize(images, self.mean, self.std)

    def targets(self, targets: Tensor, draws: Tensor) -> Tensor:
        """Maps of cells moved as their pictures are, as values of places; (B, h, w) -> (B, h', w').

        Targets that are no maps, as those of unlabeled images, mean nothing and stay.
        """
        if targets.ndim == 1:
            return targets
        return self.grid.places(self._moved(targets.unsqueeze(-1), draws, 1).squeeze(-1))

    def _moved(self, images: Tensor, draws: Tensor, unit: int) -> Tensor:
        if not self.shift and not self.flip:
            return images
        top, left, mirrored = draws.unbind(1)
        return shifted(images, unit * top, unit * left, mirrored == 1, padding=unit * self.shift)
