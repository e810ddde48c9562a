"""Objects cut out of pictures."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise.data.crops import around, cut_out, write_crops
from counterpoise.errors import InputError


@pytest.mark.parametrize(
    ("box", "wanted"),
    [
        ((400.0, 300.0, 200.0, 100.0), (360, 280, 640, 420)),
        ((400.0, 300.0, 99.0, 20.0), (350, 250, 549, 370)),
        ((10.0, 20.0, 30.0, 40.0), (0, 0, 90, 110)),
        ((900.0, 700.0, 200.0, 150.0), (860, 670, 1000, 800)),
        ((400.4, 300.0, 200.0, 100.0), (360, 280, 640, 420)),
    ],
)
def test_a_fifth_is_added_at_each_end_or_50_pixels_within_the_picture(box, wanted) -> None:
    assert around(box, (1000, 800)) == wanted


@pytest.mark.parametrize("box", [(10.0, 10.0, 0.0, 5.0), (10.0, 10.0, 5.0, -1.0), (float("nan"),) * 4])
def test_a_box_without_an_area_is_refused(box) -> None:
    with pytest.raises(InputError, match="a box with an area"):
        around(box, (100, 100))


def test_a_box_outside_the_picture_is_refused() -> None:
    with pytest.raises(InputError, match="lies outside a picture of 100 x 100 pixels"):
        around((300.0, 10.0, 20.0, 20.0), (100, 100))


def test_a_crop_is_in_the_middle_of_a_black_square() -> None:
    picture = Image.new("RGB", (400, 300), (200, 10, 10))
    crop = np.asarray(cut_out(picture, (150.0, 120.0, 20.0, 120.0)))
    assert crop.shape == (168, 168, 3)
    assert (crop[:, 24:144] == (200, 10, 10)).all()
    assert not crop[:, :24].any() and not crop[:, 144:].any()


def test_crops_are_written_and_each_picture_is_opened_once(tmp_path: Path, monkeypatch) -> None:
    for name, colour in (("red", (220, 0, 0)), ("blue", (0, 0, 220))):
        Image.new("RGB", (200, 200), colour).save(tmp_path / f"{name}.png")
    opened = []
    monkeypatch.setattr(
        "counterpoise.data.crops.open_picture", lambda path: opened.append(path) or Image.open(path)
    )
    pictures = [str(tmp_path / f"{name}.png") for name in ("red", "blue", "red", "red")]
    boxes = [(50.0, 50.0, 100.0, 100.0)] * 4
    write_crops(pictures, boxes, {i: tmp_path / f"{i}.jpg" for i in (0, 1, 2)})
    assert sorted(opened) == sorted(set(pictures))
    assert not (tmp_path / "3.jpg").exists()
    blue = np.asarray(Image.open(tmp_path / "1.jpg"))
    assert blue.shape == (140, 140, 3) and blue[70, 70, 2] > 200


def test_a_picture_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_text("no picture")
    with pytest.raises(InputError, match=r"cannot read the image .*broken.jpg"):
        write_crops([str(tmp_path / "broken.jpg")], [(0.0, 0.0, 5.0, 5.0)], {0: tmp_path / "0.jpg"})
