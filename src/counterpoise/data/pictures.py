"""One image file: opening it upright in RGB, and bringing it to a square of pixels."""

import struct
import zlib
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor
from torchvision.transforms.v2 import functional

from counterpoise.errors import InputError

EXTENSIONS = frozenset({"jpg", "jpeg", "png", "bmp", "gif", "webp", "tif", "tiff", "ppm", "pgm"})
LARGE = 128
JPEG_QUALITY = 92
ORIENTATION, TURNED = 0x0112, 5
UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)


def is_picture(name: str) -> bool:
    """Whether a file looks like an image by its name; hidden files do not."""
    stem, _, extension = name.rpartition(".")
    return bool(stem) and extension.lower() in EXTENSIONS and not name.startswith(".")


def open_picture(path: str | Path) -> Image.Image:
    """The image at ``path``, decoded, RGB, turned upright as its EXIF data say.

    Raises:
        InputError: when the file is missing or is not a readable image.
    """
    try:
        with Image.open(path) as picture:
            ImageOps.exif_transpose(picture, in_place=True)
            return _rgb(picture)
    except UNREADABLE as error:
        raise unreadable(path, error) from error


def unreadable(path: str | Path, error: Exception) -> InputError:
    """The error that names a broken image file and says what can be done."""
    reason = " ".join(str(error).split())
    return InputError(
        f"cannot read the image {path}: {reason}; repair or remove the file (--skip-corrupt leaves out those "
        "whose damage shows before training)"
    )


def has_sound_header(path: str | Path) -> bool:
    """Whether the file begins as an image should: a cheap check that decodes no pixels."""
    try:
        with Image.open(path) as picture:
            picture.verify()
    except UNREADABLE:
        return False
    return True


def size_of(path: str | Path) -> tuple[int, int] | None:
    """Width and height by the file's header, or None when it cannot be read."""
    try:
        with Image.open(path) as picture:
            return picture.size
    except UNREADABLE:
        return None


def upright_size(path: str) -> tuple[int, int]:
    """Width and height, by the file's header, of the picture as `open_picture` turns it."""
    try:
        with Image.open(path) as picture:
            width, height = picture.size
            return (height, width) if picture.getexif().get(ORIENTATION, 1) >= TURNED else (width, height)
    except UNREADABLE as error:
        raise unreadable(path, error) from error


def squared(picture: Image.Image, size: int, shorter: int | None = None) -> Image.Image:
    """Resize the shorter side, then cut out the centre square of ``size`` x ``size`` pixels.

    The shorter side becomes ``shorter``, by default ``size``, and from 128 pixels on ``round(size * 256 / 224)``:
    resize to 256, crop 224 is the test transform of ImageNet-LT. Bilinear with antialiasing.
    """
    shorter, canvas = shorter or shorter_side(size), cast(Any, picture)
    if min(picture.size) != shorter:
        canvas = cast(Any, functional.resize(canvas, [shorter], antialias=True))
    return canvas if canvas.size == (size, size) else cast(Any, functional.center_crop(canvas, [size, size]))


def shorter_side(size: int) -> int:
    """To how many pixels `squared` resizes the shorter side."""
    return round(size * 256 / 224) if size >= LARGE else size


def boxed(picture: Image.Image, size: int) -> Image.Image:
    """The whole picture in the upper left of a black square of ``size`` x ``size`` pixels.

    A picture with a longer side than that is resized to it, see `box_scale`; a smaller one keeps its size.
    """
    scale = box_scale(picture.size, size)
    if scale < 1:
        width, height = (max(1, round(scale * side)) for side in picture.size)
        picture = cast(Any, functional.resize(cast(Any, picture), [height, width], antialias=True))
    box = Image.new(picture.mode, (size, size))
    box.paste(picture)
    return box


def box_scale(sides: tuple[int, int], size: int) -> float:
    """By how much `boxed` resizes a picture of these width and height; at most 1."""
    return min(1.0, size / max(sides))


def as_tensor(picture: Image.Image) -> Tensor:
    """The pixels, uint8 (H, W, C)."""
    return torch.from_numpy(np.array(picture))


def save_picture(pixels: np.ndarray, path: Path) -> None:
    """Write (H, W, 3) or (H, W) pixels in the format of the path's ending, JPEG at the quality 92; makes the folder.

    It is not written at once as a whole: a list that is written later should say which pictures count.

    Raises:
        InputError: the folder cannot be made, or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path, quality=JPEG_QUALITY)
    except OSError as error:
        raise InputError(
            f"cannot write {path}: {error.strerror or error}; free some space or name another folder"
        ) from error


def _rgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I;16"):
        picture = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    picture.load()
    return picture if picture.mode == "RGB" else picture.convert("RGB")
