"""The samples of a split: images in memory, files that are decoded when they are needed, or rows of a table."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar, final

import torch
from PIL import Image
from torch import Generator, Tensor
from torch.utils.data import DataLoader, Dataset

from counterpoise.data.augmentation import Augmentation
from counterpoise.data.pictures import as_tensor, open_picture, squared
from counterpoise.errors import InputError
from counterpoise.samplers.sampler import Sampler
from counterpoise.samplers.shuffled import Shuffled

T = TypeVar("T")

Portion = tuple[Tensor, Tensor]
"""One batch to be read: positions (B,) and their draws (B, P)."""


Placing = Callable[[Image.Image, int], Image.Image]
"""Brings a picture of any size to a square of so many pixels."""


class Samples(ABC):
    """N images, or rows of a table, that can be read at any positions."""

    @abstractmethod
    def __len__(self) -> int:
        """N."""

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """Channels, height and width of what `read` gives; of a row, (F,)."""

    @abstractmethod
    def subset(self, index: Tensor) -> "Samples":
        """The samples at positions ``index`` (M,), in this order."""

    @abstractmethod
    def read(self, index: Tensor) -> Tensor:
        """The images at positions ``index`` (B,), uint8 (B, H, W, C), all of the same size; of rows, (B, F)."""

    @abstractmethod
    def content(self, position: int) -> bytes:
        """The bytes that make up one sample: equal bytes, equal sample."""

    def shuffled(self) -> Sampler:
        """Every sample once, in random order, as a whole epoch is best read."""
        return Shuffled(len(self))

    @abstractmethod
    def batches(
        self, portions: Sequence[Portion], augmentation: Augmentation, *, workers: int, device: torch.device
    ) -> Iterator[Any]:
        """One augmented batch on ``device`` for each portion, in order.

        Images are float32 (B, C, S, S), rows (B, F); pictures of any size with objects are a `SceneBatch`.
        """


@final
class PackedImages(Samples):
    """Images of one size in memory, uint8 (N, H, W, C); C is 1 or 3."""

    def __init__(self, images: Tensor) -> None:
        if images.dtype != torch.uint8 or images.ndim != 4:
            raise InputError(
                f"expected packed images as uint8 (N, H, W, C), but got {images.dtype} {tuple(images.shape)}"
            )
        self.images = images

    def __len__(self) -> int:
        return len(self.images)

    @property
    def shape(self) -> tuple[int, int, int]:
        """C, H, W."""
        height, width, channels = self.images.shape[1:]
        return channels, height, width

    def subset(self, index: Tensor) -> "PackedImages":
        """A copy of the images at ``index``, in this order."""
        return PackedImages(self.images[index])

    def read(self, index: Tensor) -> Tensor:
        """The images at ``index``, uint8 (B, H, W, C)."""
        return self.images[index]

    def content(self, position: int) -> bytes:
        """The bytes of the pixels."""
        return self.images[position].numpy().tobytes()

    def batches(
        self, portions: Sequence[Portion], augmentation: Augmentation, *, workers: int, device: torch.device
    ) -> Iterator[Tensor]:
        """Read and augmented in this process, the latter on ``device``; ``workers`` has no meaning here."""
        for index, draws in portions:
            yield augmentation.batch(self.read(index).to(device), draws.to(device))


@final
class Rows(Samples):
    """Rows of a table in memory: F features of N samples, (N, F)."""

    def __init__(self, features: Tensor) -> None:
        if features.ndim != 2 or not features.is_floating_point():
            raise InputError(
                f"expected rows as real numbers (N, F), but got {features.dtype} {tuple(features.shape)}"
            )
        self.features = features

    def __len__(self) -> int:
        return len(self.features)

    @property
    def shape(self) -> tuple[int, ...]:
        """F."""
        return (self.features.shape[1],)

    def subset(self, index: Tensor) -> "Rows":
        """A copy of the rows at ``index``, in this order."""
        return Rows(self.features[index])

    def read(self, index: Tensor) -> Tensor:
        """The rows at ``index``, (B, F)."""
        return self.features[index]

    def content(self, position: int) -> bytes:
        """The bytes of the numbers."""
        return self.features[position].numpy().tobytes()

    def batches(
        self, portions: Sequence[Portion], augmentation: Augmentation, *, workers: int, device: torch.device
    ) -> Iterator[Tensor]:
        """Read in this process; ``workers`` has no meaning here."""
        for index, draws in portions:
            yield augmentation.batch(self.read(index).to(device), draws.to(device))


@final
class ImageFiles(Samples):
    """Image files, decoded to RGB each time they are read.

    Args:
        paths: one file per sample.
        canvas: height and width in pixels of what `read` gives. An augmentation in a stream starts from the whole
            picture instead.
        placed: brings a picture to the canvas; by default the shorter side is resized to it and the centre square cut
            out.
    """

    def __init__(self, paths: Sequence[str], canvas: int, placed: Placing = squared) -> None:
        self.paths = tuple(paths)
        self.canvas = canvas
        self.placed = placed

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def shape(self) -> tuple[int, int, int]:
        """3, canvas, canvas."""
        return 3, self.canvas, self.canvas

    def subset(self, index: Tensor) -> "ImageFiles":
        """The files at ``index``, in this order; reads nothing."""
        return ImageFiles([self.paths[i] for i in index.tolist()], self.canvas, self.placed)

    def read(self, index: Tensor) -> Tensor:
        """Decode the files at ``index``: uint8 (B, canvas, canvas, 3)."""
        images = torch.empty(len(index), self.canvas, self.canvas, 3, dtype=torch.uint8)
        for row, position in zip(images, index.tolist(), strict=True):
            row.copy_(self.decoded(position))
        return images

    def decoded(self, position: int) -> Tensor:
        """One image, uint8 (H, W, 3)."""
        return as_tensor(self.placed(open_picture(self.paths[position]), self.canvas))

    def content(self, position: int) -> bytes:
        """The bytes of the file."""
        return Path(self.paths[position]).read_bytes()

    def batches(
        self, portions: Sequence[Portion], augmentation: Augmentation, *, workers: int, device: torch.device
    ) -> Iterator[Tensor]:
        """Decoded by ``workers`` processes (0: this one), batch by batch; bits do not depend on how many."""
        for images in decoded(_Decoded(self, augmentation), portions, workers=workers, device=device):
            yield augmentation.finish(images.to(device, non_blocking=True))


@final
class _Decoded(Dataset[Tensor | InputError]):
    """Batches of decoded pictures, uint8 (B, S, S, C); for a broken file the error, in one line."""

    def __init__(self, files: ImageFiles, augmentation: Augmentation) -> None:
        self.files = files
        self.augmentation = augmentation

    def __getitem__(self, portion: Portion) -> Tensor | InputError:
        index, draws = portion
        size = self.augmentation.size
        images = torch.empty(len(index), size, size, 3, dtype=torch.uint8)
        try:
            for row, position, draw in zip(images, index.tolist(), draws, strict=True):
                row.copy_(self.augmentation.image(open_picture(self.files.paths[position]), draw))
        except InputError as error:
            return error
        return images


def decoded(
    batches: Dataset[T | InputError], portions: Sequence[Portion], *, workers: int, device: torch.device
) -> Iterator[T]:
    """The batch of each portion, in order, made by ``workers`` processes (0: this one) and on its way to ``device``.

    Raises:
        InputError: one was made instead of a batch.
    """
    loader: DataLoader[Any] = DataLoader(
        batches,
        batch_size=None,
        sampler=portions,
        num_workers=workers,
        generator=Generator(),
        pin_memory=device.type == "cuda",
    )
    for batch in loader:
        if isinstance(batch, InputError):
            raise batch
        yield batch


def joined(first: Samples, second: Samples) -> Samples:
    """The samples of both, one after the other.

    Raises:
        InputError: they have other shapes, or are not both packed or both files.
    """
    if isinstance(first, PackedImages) and isinstance(second, PackedImages) and first.shape == second.shape:
        return PackedImages(torch.cat([first.images, second.images]))
    if isinstance(first, ImageFiles) and isinstance(second, ImageFiles) and first.shape == second.shape:
        return ImageFiles([*first.paths, *second.paths], first.canvas, first.placed)
    raise InputError(
        f"samples of one kind and shape can be joined, but {type(first).__name__} {first.shape} and "
        f"{type(second).__name__} {second.shape} came; give both as image files, or both as arrays of one size"
    )
