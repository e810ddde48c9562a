"""Made-up rooms on disk."""

import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from counterpoise.data.maps import read_map
from counterpoise.data.rooms import draw_view, write_rooms
from counterpoise.errors import InputError


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_pictures_depths_and_their_table(tmp_path: Path) -> None:
    table = write_rooms(tmp_path / "rooms", images=20, size=24, seed=1)
    assert table == tmp_path / "rooms" / "table.csv"
    with table.open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[3].values()) == ["images/0003.jpg", "depth/0003.png", "train"]
    assert [row["split"] for row in rows] == ["train"] * 14 + ["val"] * 2 + ["test"] * 4
    for number, row in enumerate(rows):
        found = draw_view(np.random.default_rng([1, number]), 24)
        depth = read_map(table.parent / row["depth"], unit=0.001)
        assert torch.allclose(depth, torch.from_numpy(found.depth), atol=0.00051)
        stored = np.asarray(Image.open(table.parent / row["path"])).astype(int)
        assert np.abs(stored - found.picture).mean() < 8
    assert len(bytes_of(table.parent)) == 41


def test_the_seed_and_the_number_decide(tmp_path: Path) -> None:
    for name, images, seed in (("a", 10, 0), ("b", 12, 0), ("c", 10, 1)):
        write_rooms(tmp_path / name, images=images, size=16, seed=seed)
    a, b, c = (bytes_of(tmp_path / name) for name in "abc")
    pictures = [name for name in a if name != "table.csv"]
    assert all(a[name] == b[name] for name in pictures)
    assert all(a[name] != c[name] for name in pictures)


def test_far_pixels_are_rare() -> None:
    depths = np.stack([draw_view(np.random.default_rng([0, i]), 16).depth for i in range(150)])
    shares = np.histogram(depths, bins=range(11))[0] / depths.size
    assert 0.7 <= depths.min() < 1.1
    assert 7 < depths.max() <= 10
    assert shares[2] > 0.3
    assert shares[2] > 5 * shares[5] > 20 * shares[8]


def test_nearer_pixels_are_brighter() -> None:
    views = [draw_view(np.random.default_rng([2, i]), 16) for i in range(60)]
    brightness = np.array([view.picture.mean() for view in views])
    depth = np.array([view.depth.mean() for view in views])
    assert np.corrcoef(brightness, depth)[0, 1] < -0.2


@pytest.mark.parametrize(
    ("images", "size", "seed", "reason"),
    [
        (9, 64, 0, "at least 10 images .* but 9 images of 64 pixels"),
        (10, 7, 0, "10 images of 7 pixels"),
        (10, 1025, 0, "10 images of 1025 pixels"),
        (10, 64, -1, "the seed -1 came"),
    ],
)
def test_numbers_outside_their_range(tmp_path: Path, images: int, size: int, seed: int, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        write_rooms(tmp_path / "rooms", images=images, size=size, seed=seed)
    assert not (tmp_path / "rooms").exists()


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for place in (tmp_path, tmp_path / "file"):
        with pytest.raises(InputError, match=f"expected an empty folder for the rooms, but {place} is none"):
            write_rooms(place, images=10, size=8, seed=0)
    (tmp_path / "empty").mkdir()
    assert write_rooms(tmp_path / "empty", images=10, size=8, seed=0).is_file()


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    place = tmp_path / "a"
    place.write_text("a file")
    with pytest.raises(InputError, match="cannot write") as caught:
        write_rooms(place / "rooms", images=10, size=8, seed=0)
    assert "\n" not in str(caught.value)
