"""Handwritten digits scattered over pictures: data for detection with a long tail of categories, made in seconds."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.random import Generator
from PIL import Image

from counterpoise.data.masks import encoded
from counterpoise.data.objects import Frequency, frequency_of
from counterpoise.data.pictures import save_picture
from counterpoise.data.samples import PackedImages
from counterpoise.data.sources.digits import digits
from counterpoise.errors import InputError
from counterpoise.files import require_empty, write_json

Array = np.ndarray

TRAIN_SHARE = 0.75
PER_PICTURE = 4
SMALLEST, LARGEST = 1 / 5, 1 / 2
"""Height of a digit in its margin as a share of the picture's."""

PLACES = 3
FEWEST, SIZES, STEEPEST = 20, (48, 1024), 10_000


class Scene(NamedTuple):
    """A picture, (S, S, 3) uint8, and where each of M digits is seen in it, (M, S, S) bool."""

    picture: Array
    masks: Array


class Category(NamedTuple):
    """A category as LVIS's format has it; counts are of the training split."""

    id: int
    name: str
    frequency: Frequency
    image_count: int
    instance_count: int


class Part(NamedTuple):
    """The lists of one file of annotations."""

    images: list[dict[str, Any]]
    annotations: list[dict[str, Any]]


def draw_scene(glyphs: Sequence[Array], size: int, generator: Generator) -> Scene:
    """Digits on top of each other, the last one uppermost, of random scale, brightness and colour.

    Args:
        glyphs: M digits, (8, 8) numbers from 0 to 1.
        size: S, height and width of the picture in pixels.
        generator: source of all randomness.
    """
    canvas, owner = _ground(size, generator), np.full((size, size), -1)
    for number, glyph in enumerate(glyphs):
        ink = _stretched(glyph, size, generator)
        window = _place(ink, owner, generator)
        colour = generator.uniform(0.5, 1) * (1 - 0.6 * generator.random(3))
        canvas[window] *= 1 - 0.5 * np.clip(4 * ink - 0.4, 0, 1)[..., None]
        alpha = np.clip(4 * ink - 1.5, 0, 1)[..., None]
        canvas[window] += alpha * (colour - canvas[window])
        owner[window][ink > 0.5] = number
    pixels = np.clip(canvas + 0.02 * generator.standard_normal(canvas.shape), 0, 1)
    return Scene((255 * pixels).round().astype(np.uint8), owner == np.arange(len(glyphs))[:, None, None])


def _ground(size: int, generator: Generator) -> Array:
    """Clouds of dark colours; (S, S, 3)."""
    clouds = generator.uniform(0.05, 0.5, (4, 4, 1)) * generator.uniform(0.6, 1, (4, 4, 3))
    return np.stack([_resized(clouds[..., channel], size, size) for channel in range(3)], axis=-1)


def _stretched(glyph: Array, size: int, generator: Generator) -> Array:
    """A digit without its empty columns, in a margin of one pixel, and of a random size, all octaves as likely."""
    glyph = np.pad(glyph[:, glyph.any(axis=0)], 1)
    height = size * np.exp(generator.uniform(np.log(SMALLEST), np.log(LARGEST)))
    width = height * generator.uniform(0.85, 1.15) * glyph.shape[1] / len(glyph)
    return np.clip(_resized(glyph, round(height), max(3, round(width))), 0, 1)


def _resized(values: Array, height: int, width: int) -> Array:
    smooth = Image.fromarray(values.astype(np.float32)).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(smooth)


def _place(ink: Array, owner: Array, generator: Generator) -> tuple[slice, slice]:
    """Of some random places, the one at which a digit hides least of the others."""
    height, width = ink.shape
    corners = generator.integers(0, (owner.shape[0] - height + 1, owner.shape[1] - width + 1), (PLACES, 2))
    windows = [(slice(top, top + height), slice(left, left + width)) for top, left in corners.tolist()]
    return min(windows, key=lambda window: int((owner[window][ink > 0.5] >= 0).sum()))


def category_counts(total: int, num_classes: int, ratio: float) -> Array:
    """Numbers of things that fall exponentially from the first category to the last, at least 1 each; (C,)."""
    shares = ratio ** -(np.arange(num_classes) / (num_classes - 1))
    return np.maximum(1, np.rint(total * shares / shares.sum())).astype(np.int64)


def write_scenes(folder: Path, *, images: int, size: int, ratio: float, seed: int) -> tuple[Category, ...]:
    """Write pictures of digits, and ``train.json`` and ``val.json`` in LVIS's format; -> the categories.

    Of 4 pictures, 3 are to train and 1 to validate; no digit of scikit-learn's is in both. A picture has 4 digits on
    average and now and then none. The digit 0 is the most frequent one in training and 9 the rarest; in validation all
    are as frequent, so that rare ones are measured as well as others. Masks are of what is seen, frequency groups by
    LVIS's rule, and every second category that is absent from a picture is in its ``neg_category_ids``.

    Args:
        folder: is made; one that exists must be empty.
        images: how many, at least 20.
        size: height and width of a picture in pixels, 48 to 1024.
        ratio: things of the most frequent category over those of the rarest in training, 1 to 10,000.
        seed: 0 or more.

    Raises:
        InputError: a number outside its range, the folder is not empty, or the disk is full.
    """
    _check(images, size, ratio, seed)
    require_empty(folder, "the scenes")
    train = round(TRAIN_SHARE * images)
    parts = {}
    for split, first, count, tail in (("train", 1, train, ratio), ("val", train + 1, images - train, 1)):
        generator = np.random.default_rng([seed, first])
        glyphs = _glyphs(split, seed)
        labels = _dealt(category_counts(PER_PICTURE * count, len(glyphs), tail), count, generator)
        parts[split] = _written(folder, split, range(first, first + count), labels, glyphs, size, generator)
    categories = _categories(parts["train"].annotations)
    for split, (pictures, annotations) in parts.items():
        found = {
            "images": pictures,
            "annotations": annotations,
            "categories": [c._asdict() for c in categories],
        }
        write_json(folder / f"{split}.json", found)
    return categories


def _glyphs(split: str, seed: int) -> list[Array]:
    """The images of each digit that a split is drawn from; 10 of (n, 8, 8)."""
    found = digits(split_seed=seed).splits[split]
    images = cast(PackedImages, found.samples).images[..., 0].numpy() / 255
    return [images[found.targets.numpy() == label] for label in range(10)]


def _dealt(counts: Array, pictures: int, generator: Generator) -> list[Array]:
    """The labels of the things in each picture, so many of each category dealt at random."""
    labels = generator.permutation(np.repeat(np.arange(len(counts)), counts))
    places = generator.integers(0, pictures, len(labels))
    return [labels[places == picture] for picture in range(pictures)]


def _written(
    folder: Path,
    split: str,
    numbers: Iterable[int],
    labels: Iterable[Array],
    glyphs: Sequence[Array],
    size: int,
    generator: Generator,
) -> Part:
    pictures, annotations = [], []
    for number, present in zip(numbers, labels, strict=True):
        scene = draw_scene([generator.choice(glyphs[label]) for label in present], size, generator)
        name = f"{split}/{number:06}.jpg"
        save_picture(scene.picture, folder / "images" / name)
        seen = [
            (label, mask) for label, mask in zip(present.tolist(), scene.masks, strict=True) if mask.any()
        ]
        annotations += [_thing(number, label, mask) for label, mask in seen]
        absent = [label for label in range(len(glyphs)) if label not in present and generator.random() < 0.5]
        pictures.append(_picture(number, name, size, absent))
    return Part(pictures, [{"id": number, **thing} for number, thing in enumerate(annotations, start=1)])


def _picture(number: int, name: str, size: int, absent: Sequence[int]) -> dict[str, Any]:
    return {
        "id": number,
        "file_name": name,
        "width": size,
        "height": size,
        "neg_category_ids": [label + 1 for label in absent],
        "not_exhaustive_category_ids": [],
    }


def _thing(picture: int, label: int, mask: Array) -> dict[str, Any]:
    rows, columns = (np.flatnonzero(mask.any(axis=axis)).tolist() for axis in (1, 0))
    runs = encoded(mask)
    return {
        "image_id": picture,
        "category_id": label + 1,
        "bbox": [columns[0], rows[0], columns[-1] + 1 - columns[0], rows[-1] + 1 - rows[0]],
        "area": int(mask.sum()),
        "segmentation": {"size": list(runs["size"]), "counts": runs["counts"].decode()},
    }


def _categories(annotations: Sequence[dict[str, Any]]) -> tuple[Category, ...]:
    things = [[a["image_id"] for a in annotations if a["category_id"] == label + 1] for label in range(10)]
    images = [len(set(found)) for found in things]
    return tuple(
        Category(label + 1, str(label), frequency, count, len(found))
        for label, (frequency, count, found) in enumerate(
            zip(frequency_of(images), images, things, strict=True)
        )
    )


def _check(images: int, size: int, ratio: float, seed: int) -> None:
    if images < FEWEST or not SIZES[0] <= size <= SIZES[1] or not 1 <= ratio <= STEEPEST or seed < 0:
        raise InputError(
            f"expected at least {FEWEST} images of {SIZES[0]} to {SIZES[1]} pixels, a ratio of 1 to {STEEPEST} and a "
            f"seed of 0 or more, but {images} images of {size} pixels, the ratio {ratio:g} and the seed {seed} came"
        )
