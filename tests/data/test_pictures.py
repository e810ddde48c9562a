from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from counterpoise.data.pictures import as_tensor, has_sound_header, is_picture, open_picture, size_of, squared
from counterpoise.errors import InputError


def test_names_of_pictures() -> None:
    names = ["a.jpg", "b.JPEG", "c.webp", ".hidden.png", "notes.txt", "png", "d.tar.tif"]
    assert list(filter(is_picture, names)) == ["a.jpg", "b.JPEG", "c.webp", "d.tar.tif"]


def test_a_picture_is_turned_upright(tmp_path: Path) -> None:
    picture, exif = Image.new("RGB", (20, 10)), Image.Exif()
    exif[0x0112] = 6
    picture.save(tmp_path / "turned.jpg", exif=exif)
    assert open_picture(tmp_path / "turned.jpg").size == (10, 20)


@pytest.mark.parametrize(
    ("mode", "colour"), [("L", 90), ("RGBA", (90, 90, 90, 255)), ("1", 1), ("I;16", 90 << 8)]
)
def test_every_mode_becomes_rgb(tmp_path: Path, mode: str, colour: object) -> None:
    Image.new(mode, (4, 4), colour).save(tmp_path / "picture.png")
    wanted = 255 if mode == "1" else 90
    assert (as_tensor(open_picture(tmp_path / "picture.png")) == torch.full((4, 4, 3), wanted)).all()


@pytest.mark.parametrize("size", [(20, 11), (11, 20), (9, 9), (5, 30)])
def test_any_picture_becomes_a_square(size: tuple[int, int]) -> None:
    assert squared(Image.new("RGB", size), 9).size == (9, 9)
    assert squared(Image.new("RGB", size), 128).size == (128, 128)


def test_the_centre_is_kept() -> None:
    stripes = np.zeros((4, 8, 3), dtype=np.uint8)
    stripes[:, 2:6] = 200
    assert (as_tensor(squared(Image.fromarray(stripes), 4)) == 200).all()


@pytest.mark.parametrize("content", [b"", b"not an image", b"\x89PNG\r\n\x1a\n broken"])
def test_a_broken_file_is_named_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.png"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"broken\.png.*--skip-corrupt") as caught:
        open_picture(path)
    assert "\n" not in str(caught.value)
    assert not has_sound_header(path)
    assert size_of(path) is None


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "short.jpg"
    Image.effect_noise((64, 64), 50).save(path)
    path.write_bytes(path.read_bytes()[:800])
    assert has_sound_header(path)
    with pytest.raises(InputError, match="truncated"):
        open_picture(path)
