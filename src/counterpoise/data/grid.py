"""A grid of places over an image, each of which has a value of a continuous target: counts of blocks, or depths."""

from dataclasses import dataclass

from PIL import Image
from torch import Tensor

from counterpoise.data.blocks import block_counts
from counterpoise.data.pictures import boxed, squared
from counterpoise.errors import InputError


@dataclass(frozen=True)
class Grid:
    """Places of equal squares of pixels; the net predicts one value for each.

    Attributes:
        stride: pixels along the side of a place.
        cell: pixels along the side of a cell, in which targets are stored; ``stride`` is a multiple of it. A picture
            may be shifted by whole cells in training.
        counts: whether values are counts, which add up to that of the image. Else they are measurements such as
            depths, nan where unknown.

    Raises:
        InputError: the stride is not a multiple of the cell, or cells of measurements are not the places.
    """

    stride: int
    cell: int
    counts: bool

    def __post_init__(self) -> None:
        if self.cell < 1 or self.stride % self.cell or not (self.counts or self.cell == self.stride):
            raise InputError(
                f"a place must be made of whole cells, and be the cell where values are no counts, but a stride of "
                f"{self.stride} and cells of {self.cell} pixels came"
            )

    def placed(self, picture: Image.Image, size: int) -> Image.Image:
        """The picture as a square: whole and padded where things are counted, else its centre square."""
        return boxed(picture, size) if self.counts else squared(picture, size)

    def places(self, cells: Tensor) -> Tensor:
        """Values of places from those of cells; (B, h, w) -> (B, h', w')."""
        if self.cell == self.stride:
            return cells
        return block_counts(cells.unsqueeze(1), self.stride // self.cell).squeeze(1)

    def known(self, cells: Tensor) -> Tensor:
        """The known values of all places in one row; (B, h, w) -> (M,)."""
        values = self.places(cells).flatten()
        return values[~values.isnan()]

    def whole(self, values: Tensor) -> Tensor:
        """What an image is in one number, its count or the mean of what is known; (B, P) -> (B,)."""
        return values.sum(dim=1) if self.counts else values.nanmean(dim=1)


def padded(size: int, stride: int) -> int:
    """The least multiple of a stride that is not below a size."""
    return -(-size // stride) * stride
