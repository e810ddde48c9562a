"""Pictures under activation maps, and their page."""

import base64
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from counterpoise.report.study_maps import (
    SIDE,
    Looked,
    Shown,
    colours,
    embedded,
    mean_spreads,
    overlaid,
    picture_of,
    write_maps_study,
    write_pictures,
)


def looked(name: str, *spreads: float | None) -> Looked:
    picture = Image.new("RGB", (4, 4))
    nets = [Shown(Image.new("RGB", (4, 4), "red"), 0.123, "dog", spread) for spread in spreads]
    return Looked(name, None, "cat", picture, nets)


@pytest.mark.parametrize("channels", [1, 3])
def test_small_images_are_enlarged_and_large_ones_stay(channels: int) -> None:
    small = picture_of(np.full((8, 8, channels), 200, dtype=np.uint8))
    assert (small.mode, small.size) == ("RGB", (SIDE, SIDE))
    assert small.getpixel((100, 100)) == (200, 200, 200)
    assert picture_of(np.zeros((300, 300, channels), dtype=np.uint8)).size == (300, 300)


def test_a_map_colours_the_picture_where_it_is_high() -> None:
    picture, heat = Image.new("RGB", (40, 40), (100, 100, 100)), np.zeros((4, 4))
    heat[:2] = 1
    found = np.asarray(overlaid(picture, heat)).astype(int)
    assert found[35, 20].tolist() == [100, 100, 100]
    red, _, blue = found[4, 20]
    assert red > blue + 40


def test_colours_go_from_dark_to_bright() -> None:
    found = colours(np.array([[0.0, 0.5, 1.0]]))
    assert found.shape == (1, 3, 3)
    assert (np.diff(found.sum(axis=-1)) > 0).all()
    assert found.min() >= 0
    assert found.max() <= 255


def test_an_embedded_picture_is_a_png() -> None:
    head, data = embedded(Image.new("RGB", (3, 2), "red")).split(",")
    assert head == "data:image/png;base64"
    decoded = Image.open(io.BytesIO(base64.b64decode(data)))
    assert (decoded.format, decoded.size, decoded.getpixel((0, 0))) == ("PNG", (3, 2), (255, 0, 0))


def test_images_without_a_map_do_not_count() -> None:
    assert mean_spreads([looked("a", 0.2, None), looked("b", 0.4, None)]) == [pytest.approx(0.3), None]


def test_every_picture_becomes_a_file(tmp_path: Path) -> None:
    write_pictures(tmp_path, ["x", "y"], [looked("a", 0.1, 0.1), looked("b", 0.1, 0.1)])
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"1.png", "1-x.png", "1-y.png", "2.png", "2-x.png", "2-y.png"}


def test_the_page_holds_all_pictures(tmp_path: Path, read_page: Callable[[Path], Any]) -> None:
    path = write_maps_study(
        tmp_path / "page.html", ["x", "y"], [looked("<a>", 0.1, None), looked("b", 0.3, None)]
    )
    page = read_page(path)
    sources = [attributes["src"] for tag, attributes in page.tags if tag == "img"]
    assert len(sources) == 6
    assert all(re.match("data:image/png;base64,", source or "") for source in sources)
    assert "12.3 %, predicts dog" in page.text
    assert "20.0" in page.text
    assert "&lt;a&gt;" in page.own
