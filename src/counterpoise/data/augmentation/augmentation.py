"""What an augmentation is: randomness drawn first, pixels changed afterwards."""

from abc import ABC, abstractmethod

from PIL import Image
from torch import Generator, Tensor


class Augmentation(ABC):
    """How stored images become the input of a net.

    All randomness of an epoch is drawn at once by `draw`, one row per sample. What follows is a pure
    function of pixels and draws, so the result does not depend on worker processes, ranks or the batch
    size.

    The pixels of an image file are changed by `image` (one picture, in a worker process), those of packed
    images of a fixed size by `change` (one batch). Both are normalised by `finish`.

    Attributes:
        size: S, height and width of the result in pixels.
    """

    size: int

    @abstractmethod
    def draw(self, count: int, generator: Generator) -> Tensor:
        """The random choices of ``count`` samples, (count, P) int64; P may be 0."""

    @abstractmethod
    def image(self, picture: Image.Image, draw: Tensor) -> Tensor:
        """One opened picture of any size -> uint8 (S, S, C); ``draw`` is its row (P,)."""

    @abstractmethod
    def change(self, images: Tensor, draws: Tensor) -> Tensor:
        """Packed images, uint8 (B, H, W, C), with their draws (B, P) -> uint8 (B, S, S, C), on their device."""

    @abstractmethod
    def finish(self, images: Tensor) -> Tensor:
        """Changed images, uint8 (B, S, S, C) -> normalised float32 (B, C, S, S).

        The result lies in channels-last memory, on the device of ``images``.
        """

    def targets(self, targets: Tensor, draws: Tensor) -> Tensor:
        """The targets (B, ...) of images with their draws (B, P): as they are, unless they are maps of the image."""
        return targets

    def batch(self, images: Tensor, draws: Tensor) -> Tensor:
        """Packed images, uint8 (B, H, W, C), with their draws (B, P) -> what `finish` makes of them."""
        return self.finish(self.change(images, draws))
