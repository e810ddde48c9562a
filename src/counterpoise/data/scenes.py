"""Pictures of any size with what they show: boxes, categories and masks of things."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import torch
from PIL import Image, ImageOps
from torch import Tensor
from torch.utils.data import Dataset

from counterpoise.data.augmentation import Augmentation, SceneFlip
from counterpoise.data.masks import Segmentation, pixels
from counterpoise.data.pictures import as_tensor, open_picture
from counterpoise.data.samples import Portion, Samples, decoded
from counterpoise.errors import InputError


@dataclass(frozen=True, eq=False)
class Shown:
    """What one picture shows: M things, crowds among them.

    Attributes:
        image_id: number of the picture in its annotations.
        width: in pixels.
        height: in pixels.
        boxes: left, top, right and bottom edge in pixels, (M, 4) float32.
        labels: category of each, from 0, (M,) int64.
        crowd: whether a box holds many things that were not told apart, (M,) bool.
        areas: in pixels, (M,) float32; of the mask where the annotations say so.
        segmentations: M masks, None where there is none.
        negative: categories, from 0, that were looked for and are not there; only in federated data, see `Objects`.
        not_exhaustive: categories, from 0, of which some instances may not be annotated; only there.
    """

    image_id: int
    width: int
    height: int
    boxes: Tensor
    labels: Tensor
    crowd: Tensor
    areas: Tensor
    segmentations: tuple[Segmentation | None, ...]
    negative: tuple[int, ...] = ()
    not_exhaustive: tuple[int, ...] = ()

    @property
    def things(self) -> Tensor:
        """Labels without those of crowds; (M',) int64."""
        return self.labels[~self.crowd]

    @property
    def outlines(self) -> list[Segmentation | None]:
        """Masks without those of crowds; M'."""
        told = zip(self.segmentations, self.crowd.tolist(), strict=True)
        return [found for found, crowd in told if not crowd]

    @property
    def has_masks(self) -> bool:
        """Whether each thing has a mask, crowds left out."""
        return None not in self.outlines

    def objects(self, *, masks: bool) -> dict[str, Tensor]:
        """What a detector learns from, crowds left out: see `SceneBatch`."""
        objects = {"boxes": self.boxes[~self.crowd], "labels": self.things + 1}
        if not masks:
            return objects
        outlines = [found for found in self.outlines if found]
        return {**objects, "masks": pixels(outlines, self.height, self.width)}


def nothing(image_id: int, width: int, height: int) -> Shown:
    """A picture of which nothing is known, or that is empty."""
    none = torch.zeros(0)
    return Shown(
        image_id, width, height, none.reshape(0, 4), none.long(), none.bool(), none, segmentations=()
    )


def other_size(path: str, shown: Shown, size: tuple[int, int]) -> InputError:
    """The error about a picture that has not the size in which its things were marked."""
    return InputError(
        f"expected {shown.width} x {shown.height} pixels in the image {path}, in which its things were marked, but it "
        f"has {size[0]} x {size[1]}; correct width and height in the annotations, or take the picture as it was marked"
    )


@dataclass(frozen=True, eq=False)
class SceneBatch:
    """B pictures on their way to a detector.

    Attributes:
        images: B pictures of any size, float32 (3, H, W) on the scale 0 to 1.
        objects: of each picture, ``boxes`` (M, 4) float32 as left, top, right and bottom edge in pixels, ``labels``
            (M,) int64 from 1, 0 being the background, and where masks are wanted ``masks`` (M, H, W) uint8 of 0 and 1.
    """

    images: list[Tensor]
    objects: list[dict[str, Tensor]]

    def __len__(self) -> int:
        return len(self.images)

    def to(self, device: torch.device | str, non_blocking: bool = False) -> "SceneBatch":
        """The same batch on another device."""
        return SceneBatch(
            [image.to(device, non_blocking=non_blocking) for image in self.images],
            [
                {name: found.to(device, non_blocking=non_blocking) for name, found in objects.items()}
                for objects in self.objects
            ],
        )


@final
class Scenes(Samples):
    """Image files with what they show, decoded each time they are read.

    Args:
        paths: one file per picture.
        shown: of each picture.
        sides: in pixels, to which the shorter and the longer side of a picture are brought by a detector.
        masks: whether batches have masks; then every thing needs one, but for crowds.
    """

    def __init__(
        self, paths: Sequence[str], shown: Sequence[Shown], sides: tuple[int, int], *, masks: bool
    ) -> None:
        self.paths, self.shown = tuple(paths), tuple(shown)
        self.sides, self.masks = sides, masks

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def shape(self) -> tuple[int, int, int]:
        """3 and the sides."""
        return 3, *self.sides

    @property
    def things(self) -> list[Tensor]:
        """Labels, from 0, of the things in each picture, crowds left out; N of (M,) int64."""
        return [one.things for one in self.shown]

    def marks(self, num_classes: int) -> Tensor:
        """Which categories each picture shows, crowds left out; (N, C) bool."""
        marks = torch.zeros(len(self), num_classes, dtype=torch.bool)
        for row, labels in zip(marks, self.things, strict=True):
            row[labels] = True
        return marks

    def subset(self, index: Tensor) -> "Scenes":
        """The pictures at ``index``, in this order; reads nothing."""
        kept = index.tolist()
        paths, shown = [self.paths[i] for i in kept], [self.shown[i] for i in kept]
        return Scenes(paths, shown, self.sides, masks=self.masks)

    def bare(self) -> "Scenes":
        """The same pictures, nothing known of what they show: their batches cost no masks."""
        shown = [nothing(one.image_id, one.width, one.height) for one in self.shown]
        return Scenes(self.paths, shown, self.sides, masks=False)

    def read(self, index: Tensor) -> Tensor:
        """The pictures at ``index``, each in the middle of a black canvas of the sides; uint8 (B, S, L, 3)."""
        short, long = self.sides
        return torch.stack([as_tensor(ImageOps.pad(self.picture(i), (long, short))) for i in index.tolist()])

    def picture(self, position: int) -> Image.Image:
        """One picture, upright, RGB.

        Raises:
            InputError: the file is missing or broken, or has not the size in which things were marked.
        """
        picture, shown = open_picture(self.paths[position]), self.shown[position]
        if picture.size != (shown.width, shown.height):
            raise other_size(self.paths[position], shown, picture.size)
        return picture

    def content(self, position: int) -> bytes:
        """The bytes of the file."""
        return Path(self.paths[position]).read_bytes()

    def batches(
        self, portions: Sequence[Portion], augmentation: Augmentation, *, workers: int, device: torch.device
    ) -> Iterator[SceneBatch]:
        """Decoded by ``workers`` processes (0: this one), batch by batch; bits do not depend on how many.

        Raises:
            InputError: the augmentation is not for scenes, or see `picture`.
        """
        if not isinstance(augmentation, SceneFlip):
            raise InputError(
                f"pictures with objects are augmented by SceneFlip, but {type(augmentation).__name__} came, which "
                "moves no boxes; pass SceneFlip"
            )
        for pair in decoded(_Decoded(self, augmentation), portions, workers=workers, device=device):
            batch = SceneBatch(*pair).to(device, non_blocking=True)
            yield SceneBatch([augmentation.finish(image[None])[0] for image in batch.images], batch.objects)


_Pair = tuple[list[Tensor], list[dict[str, Tensor]]]


@final
class _Decoded(Dataset[_Pair | InputError]):
    """Decoded pictures, uint8 (H, W, 3), and their objects; for a broken file the error, in one line."""

    def __init__(self, scenes: Scenes, augmentation: SceneFlip) -> None:
        self.scenes, self.augmentation = scenes, augmentation

    def __getitem__(self, portion: Portion) -> _Pair | InputError:
        try:
            pairs = [self._one(int(position), draw) for position, draw in zip(*portion, strict=True)]
        except InputError as error:
            return error
        return [image for image, _ in pairs], [objects for _, objects in pairs]

    def _one(self, position: int, draw: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        shown = self.scenes.shown[position]
        image = self.augmentation.image(self.scenes.picture(position), draw)
        return image, self.augmentation.objects(shown.objects(masks=self.scenes.masks), shown.width, draw)
