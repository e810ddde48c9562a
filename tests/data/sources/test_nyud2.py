"""The layout of NYUD2-DIR, from tiny files."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from counterpoise.data.grid import Grid
from counterpoise.data.maps import read_map
from counterpoise.data.sources import Source, load
from counterpoise.data.sources.nyud2 import depth_of, nyud2
from counterpoise.errors import InputError


def save(path: Path, pixels: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The folder ``data`` with two training pictures of one scene and two test pictures, 6 x 4 pixels."""
    home, picture = tmp_path / "nyud2" / "data", np.zeros((4, 6, 3), dtype=np.uint8)
    train, test = [], []
    for i in (1, 2):
        save(home / "nyu2_train" / "scene_out" / f"{i}.jpg", picture)
        save(home / "nyu2_train" / "scene_out" / f"{i}.png", np.full((4, 6), 51 * i, dtype=np.uint8))
        save(home / "nyu2_test" / f"0{i}_colors.png", picture)
        save(home / "nyu2_test" / f"0{i}_depth.png", np.full((4, 6), 1500 * i, dtype=np.uint16))
        train.append(f"data/nyu2_train/scene_out/{i}.jpg,data/nyu2_train/scene_out/{i}.png\n")
        test.append(f"data/nyu2_test/0{i}_colors.png,data/nyu2_test/0{i}_depth.png\n")
    (home / "nyu2_train.csv").write_text("".join(train))
    (home / "nyu2_test.csv").write_text("".join(test))
    return home


def test_pictures_and_depths_in_metres(home: Path) -> None:
    found = nyud2(home)
    assert [row.split for row in found.rows] == ["train", "train", "test", "test"]
    assert found.rows[1].name == "data/nyu2_train/scene_out/2.jpg"
    assert all(Path(row.path).is_file() for row in found.rows)
    depths = [
        read_map(path, unit=found.units[row.split]) for row, path in zip(found.rows, found.maps, strict=True)
    ]
    assert [depth.shape for depth in depths] == [(4, 6)] * 4
    assert [depth[0, 0].item() for depth in depths] == pytest.approx([2, 4, 1.5, 3])
    assert found.mask is None


def test_the_folder_above_may_be_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = nyud2(home.parent)
    assert [Path(path).resolve() for path in found.maps] == [Path(p).resolve() for p in nyud2(home).maps]
    monkeypatch.chdir(home)
    assert len(nyud2(Path()).rows) == 4


def test_paths_may_start_at_the_folder_of_the_lists(home: Path) -> None:
    for name in ("nyu2_train.csv", "nyu2_test.csv"):
        (home / name).write_text((home / name).read_text().replace("data/", ""))
    assert nyud2(home).rows[0].path == str(home / "nyu2_train" / "scene_out" / "1.jpg")


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.float32])
def test_a_mask_of_the_test_pixels(home: Path, dtype: type) -> None:
    mask = np.arange(2 * 3 * 5).reshape(2, 3, 5) % 3 == 0
    np.save(home / "test_balanced_mask.npy", mask.astype(dtype))
    found = nyud2(home).mask
    assert found is not None
    assert found.dtype == torch.bool
    assert (found.numpy() == mask).all()


@pytest.mark.parametrize(
    ("mask", "reason"),
    [
        (np.ones((3, 4, 6), dtype=bool), r"mask of the 2 test pictures.*holds bool \(3, 4, 6\)"),
        (np.ones((2, 4), dtype=bool), r"holds bool \(2, 4\)"),
        (np.full((2, 4, 6), 2), r"holds int64 \(2, 4, 6\)"),
        (np.full((2, 4, 6), np.nan), r"holds float64"),
        (np.full((2, 4, 6), "a"), r"holds <U1"),
        (np.full((2, 4, 6), None), r"cannot read the mask"),
    ],
)
def test_another_mask_is_refused(home: Path, mask: np.ndarray, reason: str) -> None:
    np.save(home / "test_balanced_mask.npy", mask)
    with pytest.raises(InputError, match=reason):
        nyud2(home)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", r"found no pictures in the list .*nyu2_test\.csv"),
        ("data/nyu2_test/01_colors.png\n", "line 1 of .*but got 'data/nyu2_test/01_colors.png'"),
        ("data/nyu2_test/01_colors.png,\n", "expected 'picture,map', two paths"),
        ("a,b,c\n", "but got 'a,b,c'"),
        ("data/nyu2_test/09.png,data/nyu2_test/01_depth.png\n", r"cannot find the image .*09\.png"),
        (
            "data/nyu2_test/01_colors.png,data/nyu2_test/09.png\n",
            r"the map .*09\.png of data/nyu2_test/01_colors\.png \(1 of 3",
        ),
    ],
)
def test_a_list_that_is_wrong_is_refused(home: Path, text: str, reason: str) -> None:
    (home / "nyu2_test.csv").write_text(text)
    with pytest.raises(InputError, match=reason) as caught:
        nyud2(home)
    assert "\n" not in str(caught.value)


def test_what_is_missing_is_named(home: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot find nyu2_train\.csv in .* or its folder data"):
        nyud2(tmp_path)
    (home / "nyu2_train" / "scene_out" / "1.jpg").unlink()
    with pytest.raises(InputError, match=r"the first in .*nyu2_train\.csv"):
        nyud2(home)
    (home / "nyu2_test.csv").unlink()
    with pytest.raises(InputError, match=r"cannot read the list .*nyu2_test\.csv"):
        nyud2(home)


def test_pixels_outside_the_mask_are_unknown(home: Path) -> None:
    mask = np.zeros((2, 2, 3), dtype=bool)
    mask[1, 0, 2] = True
    np.save(home / "test_balanced_mask.npy", mask)
    found = nyud2(home)
    assert depth_of(found, 0).shape == (4, 6) and depth_of(found, 0)[0, 0].item() == pytest.approx(2)
    assert depth_of(found, 2).isnan().all()
    last = depth_of(found, 3)
    assert last.shape == (2, 3) and int((~last.isnan()).sum()) == 1
    assert last[0, 2].item() == pytest.approx(3)


def test_the_folder_is_data_of_depths(home: Path) -> None:
    numbers = np.linspace(500, 9000, 32 * 32).reshape(32, 32)
    for i in (1, 2):
        save(home / "nyu2_train" / "scene_out" / f"{i}.png", (numbers / 10000 * 255).astype(np.uint8))
        save(home / "nyu2_train" / "scene_out" / f"{i}.jpg", np.zeros((32, 32, 3), dtype=np.uint8))
        save(home / "nyu2_test" / f"0{i}_depth.png", numbers.astype(np.uint16))
    data = load(Source(str(home.parent), image_size=32, stride=8))
    assert data.facts.grid == Grid(8, 8, counts=False) and data.facts.split_sizes == {"train": 2, "test": 2}
    assert data.splits["test"].targets.shape == (2, 4, 4)
    wanted = torch.from_numpy(numbers / 1000).view(4, 8, 4, 8).mean(dim=(1, 3)).float()
    torch.testing.assert_close(data.splits["test"].targets[0], wanted, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(data.splits["train"].targets[0], wanted, rtol=0.05, atol=0.05)
