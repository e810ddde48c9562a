"""Where several nets look, side by side (De-confound-TDE, figure 5)."""

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from plotly.colors import sequential, unlabel_rgb

from counterpoise.files import write_bytes, write_text
from counterpoise.report.render import render
from counterpoise.report.spread import spread
from counterpoise.report.words import percent

SIDE = 224
"""Least height of a picture on the page, in pixels (ours)."""

_STRENGTH = 0.72


class Shown(NamedTuple):
    """One net on one image: the picture with its map, and what the net says.

    Attributes:
        picture: the image under its activation map.
        probability: of the shown class.
        label: the class that the net predicts.
        spread: share of the image that the map covers, see `spread_of`; None where nothing speaks for the class.
    """

    picture: Image.Image
    probability: float
    label: str
    spread: float | None


class Looked(NamedTuple):
    """One image: its name, its true class where it is known, the class whose evidence is shown, and all nets on it."""

    name: str
    truth: str | None
    shown_class: str
    picture: Image.Image
    nets: Sequence[Shown]


def picture_of(pixels: NDArray) -> Image.Image:
    """An image, uint8 (H, W, 1 or 3), in RGB and large enough to be looked at."""
    picture = Image.fromarray(pixels.squeeze(-1) if pixels.shape[-1] == 1 else pixels).convert("RGB")
    return picture.resize(_enlarged(picture.size), Image.Resampling.BICUBIC)


def _enlarged(size: tuple[int, int]) -> tuple[int, int]:
    factor = max(1.0, SIDE / size[1])
    return round(size[0] * factor), round(size[1] * factor)


def overlaid(picture: Image.Image, heat: NDArray) -> Image.Image:
    """A picture in grey under a map from 0 to 1, (H, W): the warmer and denser the colour, the higher the map."""
    enlarged = Image.fromarray((255 * heat).astype(np.uint8)).resize(picture.size, Image.Resampling.BICUBIC)
    height = np.asarray(enlarged, dtype=np.float64)[..., None] / 255
    grey = np.asarray(picture.convert("L").convert("RGB"), dtype=np.float64)
    mixed = grey + _STRENGTH * height * (colours(height[..., 0]) - grey)
    return Image.fromarray(mixed.round().astype(np.uint8))


def colours(heights: NDArray) -> NDArray:
    """Colours of heights from 0 to 1, as plotly's scale "Inferno"; (H, W) -> (H, W, 3) from 0 to 255."""
    scale = np.array([_rgb(colour) for colour in sequential.Inferno])
    places = np.linspace(0, 1, len(scale))
    return np.stack([np.interp(heights, places, channel) for channel in scale.T], axis=-1)


def _rgb(colour: str) -> tuple[float, ...]:
    if colour.startswith("#"):
        return tuple(int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return unlabel_rgb(colour)


def png(picture: Image.Image) -> bytes:
    """A picture as the bytes of a PNG file."""
    file = io.BytesIO()
    picture.save(file, format="PNG")
    return file.getvalue()


def embedded(picture: Image.Image) -> str:
    """A picture as an address that needs no file."""
    return "data:image/png;base64," + base64.b64encode(png(picture)).decode()


def write_pictures(folder: Path, runs: Sequence[str], images: Sequence[Looked]) -> None:
    """Write every picture as a PNG file: 1.png is the first image, 1-RUN.png the map of a run on it.

    Raises:
        InputError: a file cannot be written.
    """
    for number, image in enumerate(images, start=1):
        write_bytes(folder / f"{number}.png", png(image.picture))
        for run, shown in zip(runs, image.nets, strict=True):
            write_bytes(folder / f"{number}-{run}.png", png(shown.picture))


def mean_spreads(images: Sequence[Looked]) -> list[float | None]:
    """Mean over the images of the share that the map of each net covers, where there is a map."""
    columns = zip(*(image.nets for image in images), strict=True)
    return [spread(shown.spread for shown in column).mean for column in columns]


def write_maps_study(path: Path, runs: Sequence[str], images: Sequence[Looked]) -> Path:
    """Write the page with all pictures inside it.

    Raises:
        InputError: the page cannot be written.
    """
    spreads = [percent(one) for one in mean_spreads(images)]
    content = {"title": "Where the nets look", "runs": runs, "images": images, "spreads": spreads}
    write_text(path, render("study_maps.html", **content, embedded=embedded))
    return path
