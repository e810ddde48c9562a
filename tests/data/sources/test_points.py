"""Point annotations: a JSON file with a table, and the folders of ShanghaiTech."""

import csv
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.io import savemat

from counterpoise.data.sources.points import point_lists, shanghai_tech
from counterpoise.errors import InputError


@pytest.fixture
def images(make_folder) -> Path:
    """Three pictures of 12 x 8 pixels."""
    folder = make_folder({"images": 3}, width=12, height=8)
    (folder / "table.csv").write_text("path,split\nimages/0.png,train\nimages/1.png,test\n")
    return folder


def written(folder: Path, content: Any) -> Path:
    path = folder / "points.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_lists_and_objects_of_points(images: Path) -> None:
    points = {
        "images/0.png": [[1, 2.5], [12, 8]],
        "images/1.png": {"points": [], "boxes": [1]},
        "images/other.png": "not read",
    }
    found = point_lists(written(images, points), images / "table.csv")
    assert [(row.split, row.name) for row in found.rows] == [
        ("train", "images/0.png"),
        ("test", "images/1.png"),
    ]
    assert [row.path for row in found.rows] == [str(images / "images" / f"{i}.png") for i in range(2)]
    assert found.points[0].tolist() == [[1, 2.5], [12, 8]]
    assert (found.points[1].shape, found.points[1].dtype) == ((0, 2), torch.float32)


def test_pictures_may_lie_elsewhere(images: Path) -> None:
    (images / "table.csv").write_text("path\n2.png\n")
    found = point_lists(written(images, {"2.png": [[0, 0]]}), images / "table.csv", root=images / "images")
    assert [(row.split, row.name) for row in found.rows] == [("", "2.png")]


def test_points_up_to_a_pixel_beyond_the_edge_are_moved_onto_it(images: Path) -> None:
    points = {"images/0.png": [[-0.5, 8.4], [13, 3]], "images/1.png": []}
    found = point_lists(written(images, points), images / "table.csv")
    assert found.points[0].tolist() == [[0, 8], [12, 3]]


def test_points_are_in_the_upright_picture(images: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (12, 8)).save(images / "images" / "0.jpg", exif=exif)
    (images / "table.csv").write_text("path\nimages/0.jpg\n")
    found = point_lists(written(images, {"images/0.jpg": [[7, 11]]}), images / "table.csv")
    assert found.points[0].tolist() == [[7, 11]]
    with pytest.raises(InputError, match="8 x 12 pixels"):
        point_lists(written(images, {"images/0.jpg": [[11, 7]]}), images / "table.csv")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", r"cannot read the points .*points\.json"),
        ("[" * 100_000, "cannot read the points"),
        ([], "it holds no such object"),
        ({"images/0.png": []}, r"images/1\.png is missing \(1 of 2 are\)"),
        ({"images/0.png": 3}, r"images/0\.png has no list"),
        ({"images/0.png": {"boxes": []}}, r"images/0\.png has no list"),
        ({"images/0.png": [1, 2]}, r"images/0\.png has 1"),
        ({"images/0.png": [[1, 2, 3]]}, r"has \[1.0, 2.0, 3.0\]"),
        ({"images/0.png": [["1", 2]]}, 'has .*"1"'),
        ({"images/0.png": [[True, 2]]}, r"has \[true, 2.0\]"),
        ({"images/0.png": [[1, None]]}, r"has \[1.0, null\]"),
        ({"images/0.png": [[1, 2], [float("nan"), 2]]}, r"x nan, y 2 \(1 of 2 are outside\)"),
        ({"images/0.png": [[10**400, 2]]}, "x inf, y 2"),
        ({"images/0.png": [[13.5, 2]]}, r"12 x 8 pixels of images/0\.png, but .*points\.json has x 13.5"),
        ({"images/0.png": [[2, -1.5]]}, "y -1.5"),
    ],
)
def test_malformed_points_are_refused(images: Path, content: Any, reason: str) -> None:
    if isinstance(content, dict) and "missing" not in reason:
        content = content | {"images/1.png": []}
    with pytest.raises(InputError, match=reason) as caught:
        point_lists(written(images, content), images / "table.csv")
    assert "\n" not in str(caught.value)


def test_missing_files_are_named(images: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read the points .*none\.json"):
        point_lists(images / "none.json", images / "table.csv")
    (images / "table.csv").write_text("path\nimages/9.png\n")
    with pytest.raises(InputError, match=r"cannot find the image .*9\.png"):
        point_lists(written(images, {"images/9.png": []}), images / "table.csv")
    (images / "table.csv").write_text("image\nimages/0.png\n")
    with pytest.raises(InputError, match="expected the column path"):
        point_lists(written(images, {}), images / "table.csv")
    (images / "table.csv").write_text("path\nimages/broken.png\n")
    (images / "images" / "broken.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"cannot read the image .*broken\.png"):
        point_lists(written(images, {"images/broken.png": []}), images / "table.csv")


def test_real_nuclei(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "nuclei_count"
    if not (source / "points.json").is_file():
        pytest.skip("the nuclei are not there")
    with tarfile.open(source / "images.tar") as packed:
        members = [member for member in packed.getmembers() if member.name.endswith(("03.jpg", "17.jpg"))]
        packed.extractall(tmp_path, members=members)
    with (source / "counts.csv").open() as file:
        counts = {row["path"]: row for row in csv.DictReader(file)}
    lines = [f"{member.name},{counts[member.name]['split']}\n" for member in members]
    (tmp_path / "table.csv").write_text("path,split\n" + "".join(lines))
    found = point_lists(source / "points.json", tmp_path / "table.csv")
    assert len(found.rows) == len(members) > 5
    for row, points in zip(found.rows, found.points, strict=True):
        assert (row.split, len(points)) == (counts[row.name]["split"], int(counts[row.name]["count"]))


def save_heads(path: Path, points: Any, *, number: int = 0) -> None:
    """A .mat file as ShanghaiTech has it: a cell that holds a struct with location and number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    info = np.empty((1, 1), dtype=object)
    info[0, 0] = np.empty((1, 1), dtype=[("location", object), ("number", object)])
    info[0, 0]["location"][0, 0] = np.asarray(points)
    info[0, 0]["number"][0, 0] = np.array([[number]], dtype=np.uint16)
    savemat(path, {"image_info": info})


@pytest.fixture
def crowd(make_folder) -> Path:
    """Two pictures to train with and one to test."""
    folder = make_folder({"made": 3}, width=40, height=30)
    for place, split, name in ((0, "train", "IMG_1"), (1, "train", "IMG_2"), (2, "test", "IMG_1")):
        picture = folder / f"{split}_data" / "images" / f"{name}.jpg"
        picture.parent.mkdir(parents=True, exist_ok=True)
        Image.open(folder / "made" / f"{place}.png").save(picture)
        truth = "ground_truth" if split == "train" else "ground-truth"
        save_heads(folder / f"{split}_data" / truth / f"GT_{name}.mat", [[1.5 + place, 29.25], [40.0, 1.0]])
    return folder


def test_the_folders_of_shanghai_tech(crowd: Path) -> None:
    found = shanghai_tech(crowd)
    assert [(row.split, row.name) for row in found.rows] == [
        ("train", "train_data/images/IMG_1.jpg"),
        ("train", "train_data/images/IMG_2.jpg"),
        ("test", "test_data/images/IMG_1.jpg"),
    ]
    assert Path(found.rows[2].path).is_file()
    assert [points.tolist() for points in found.points] == [
        [[1.5 + place, 29.25], [40, 1]] for place in range(3)
    ]


def test_a_picture_without_heads(crowd: Path) -> None:
    save_heads(crowd / "train_data" / "ground_truth" / "GT_IMG_2.mat", np.empty((0, 2)))
    assert shanghai_tech(crowd).points[1].shape == (0, 2)


@pytest.mark.parametrize("content", [b"", b"MATLAB 5.0 MAT-file" + b" " * 200, b"\x89HDF\r\n\x1a\n"])
def test_a_broken_file_of_points_is_named(crowd: Path, content: bytes) -> None:
    (crowd / "train_data" / "ground_truth" / "GT_IMG_2.mat").write_bytes(content)
    with pytest.raises(InputError, match=r"train_data/images/IMG_2\.jpg from .*GT_IMG_2\.mat") as caught:
        shanghai_tech(crowd)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"annPoints": np.ones((3, 2))}, "image_info"),
        ({"image_info": np.ones((3, 2))}, "expected image_info with n pairs"),
        ({"image_info": "text"}, "expected image_info with n pairs"),
    ],
)
def test_another_kind_of_mat_file_is_refused(crowd: Path, content: dict[str, Any], reason: str) -> None:
    savemat(crowd / "train_data" / "ground_truth" / "GT_IMG_1.mat", content)
    with pytest.raises(InputError, match=reason):
        shanghai_tech(crowd)


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        ([[1.0, 2.0, 3.0]], "expected image_info with n pairs"),
        ([[1.0, 2.0, 3.0, 4.0]], "expected image_info with n pairs"),
        (["text"], "expected image_info with n pairs"),
        ([[1 + 2j, 3]], "expected image_info with n pairs"),
        ([[50.0, 2.0]], r"40 x 30 pixels of train_data/images/IMG_1\.jpg, but .*GT_IMG_1\.mat has x 50"),
        ([[np.nan, 2.0]], "x nan"),
    ],
)
def test_malformed_heads_are_refused(crowd: Path, points: Any, reason: str) -> None:
    save_heads(crowd / "train_data" / "ground_truth" / "GT_IMG_1.mat", points)
    with pytest.raises(InputError, match=reason):
        shanghai_tech(crowd)


def test_what_is_missing_is_named(crowd: Path) -> None:
    (crowd / "test_data" / "ground-truth" / "GT_IMG_1.mat").unlink()
    with pytest.raises(
        InputError, match=r"points of test_data/images/IMG_1\.jpg.*ground_truth/GT_IMG_1\.mat"
    ):
        shanghai_tech(crowd)
    with pytest.raises(InputError, match=r"found no images in .*made; expected DIR/train_data"):
        shanghai_tech(crowd / "made")
