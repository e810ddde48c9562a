"""Where annotations and pictures lie."""

from pathlib import Path

import pytest

from counterpoise.data.sources.coco_files import annotation_files, is_coco, picture_files, root_of
from counterpoise.errors import InputError


def touched(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")
    return folder


@pytest.mark.parametrize(
    ("names", "splits"),
    [
        (["val.json", "train.json", "notes.json"], {"train": "train.json", "val": "val.json"}),
        (["annotations.json"], {"": "annotations.json"}),
        (["instances.json", "images/a.jpg"], {"": "instances.json"}),
        (
            [
                "annotations/instances_train2017.json",
                "annotations/instances_val2017.json",
                "annotations/captions_train2017.json",
            ],
            {
                "train": "annotations/instances_train2017.json",
                "val": "annotations/instances_val2017.json",
            },
        ),
        (
            ["lvis_v1_val.json", "lvis_v1_train.json", "lvis_v1_image_info_test_dev.json"],
            {"train": "lvis_v1_train.json", "val": "lvis_v1_val.json"},
        ),
        (
            ["lvis_v0.5_train.json", "lvis_v0.5_val.json"],
            {"train": "lvis_v0.5_train.json", "val": "lvis_v0.5_val.json"},
        ),
    ],
)
def test_annotations_are_known_by_their_names(
    tmp_path: Path, names: list[str], splits: dict[str, str]
) -> None:
    folder = touched(tmp_path, *names)
    assert is_coco(folder)
    found = annotation_files(folder)
    assert found == {split: folder / name for split, name in splits.items()}
    assert list(found) == list(splits)


def test_one_file_brings_the_other_splits_of_its_set(tmp_path: Path) -> None:
    folder = touched(
        tmp_path, "lvis_v1_train.json", "lvis_v1_val.json", "instances_train2017.json", "mine.json"
    )
    assert set(annotation_files(folder / "lvis_v1_train.json").values()) == {
        folder / "lvis_v1_train.json",
        folder / "lvis_v1_val.json",
    }
    assert annotation_files(folder / "instances_train2017.json") == {
        "train": folder / "instances_train2017.json"
    }
    assert annotation_files(folder / "mine.json") == {"": folder / "mine.json"}


def test_two_data_sets_in_one_folder_are_refused(tmp_path: Path) -> None:
    folder = touched(tmp_path, "lvis_v1_train.json", "instances_train2017.json")
    with pytest.raises(
        InputError, match=r"holds instances_train2017\.json and lvis_v1_train\.json; name one of the files"
    ):
        annotation_files(folder)


def test_no_annotations(tmp_path: Path) -> None:
    folder = touched(tmp_path, "a/1.png", "table.csv")
    assert not is_coco(folder)
    assert not is_coco(folder / "table.csv")
    assert not is_coco(folder / "nothing")
    with pytest.raises(InputError, match="found no annotations in"):
        annotation_files(folder)


def test_pictures_are_looked_for_beside_the_annotations(tmp_path: Path) -> None:
    assert root_of(tmp_path / "train.json") == tmp_path
    assert root_of(tmp_path / "annotations" / "instances_train2017.json") == tmp_path


@pytest.mark.parametrize(
    "place",
    ["1.jpg", "images/1.jpg", "val/1.jpg", "images/val/1.jpg", "val2017/1.jpg", "images/val2017/1.jpg"],
)
def test_places_of_pictures(tmp_path: Path, place: str) -> None:
    touched(tmp_path, place, "images/train/1.jpg")
    assert picture_files([("1.jpg",)], tmp_path, "val") == [str(tmp_path / place)]


def test_a_picture_may_lie_under_its_address(tmp_path: Path) -> None:
    touched(tmp_path, "train2017/1.jpg")
    names = ("COCO_val2014_1.jpg", "train2017/1.jpg", "1.jpg")
    assert picture_files([names], tmp_path, "val") == [str(tmp_path / "train2017" / "1.jpg")]


def test_missing_pictures_are_counted(tmp_path: Path) -> None:
    touched(tmp_path, "images/1.jpg")
    with pytest.raises(InputError, match=r"cannot find the image 2\.jpg in .* \(2 of 3 are missing\)"):
        picture_files([("1.jpg",), ("2.jpg", "x/2.jpg"), ("3.jpg",)], tmp_path, "train")
