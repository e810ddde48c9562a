"""COCO-Attributes on a tiny COCO."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pytest
from PIL import Image

from counterpoise.data.sources.coco_attributes import CONVERSION, coco_attributes
from counterpoise.errors import InputError

ATTRIBUTES = [{"id": 7, "name": "wet"}, {"id": 3, "name": "red"}]
SCORES = {1: [0.0, 0.9], 2: [0.5, 0.0], 3: [0.6, 1.0]}
ANNOTATION = {1: 50, 2: 20, 3: 90}
CATEGORIES = [{"id": 17, "name": "cat"}, {"id": 18, "name": "dog"}, {"id": 19, "name": "horse"}]


def instances(root: Path, split: str, pictures: list[int], annotations: list[tuple[int, int, int]]) -> None:
    """A list of COCO with its pictures; annotations as (id, picture, category)."""
    (root / "annotations").mkdir(parents=True, exist_ok=True)
    (root / split).mkdir()
    names = {number: f"COCO_{split}_{number:012d}.jpg" for number in pictures}
    for name in names.values():
        Image.new("RGB", (64, 48)).save(root / split / name)
    content = {
        "info": {"year": 2014},
        "images": [
            {"id": number, "file_name": name, "width": 64, "height": 48} for number, name in names.items()
        ],
        "annotations": [
            {
                "id": one,
                "image_id": picture,
                "category_id": category,
                "bbox": [1.5, 2, 30, 20],
                "segmentation": [[1, 2, 3, 4, 5, 6]],
            }
            for one, picture, category in annotations
        ],
        "categories": CATEGORIES,
    }
    (root / "annotations" / f"instances_{split}.json").write_text(json.dumps(content))


@pytest.fixture
def coco(tmp_path: Path) -> Path:
    """The folder of COCO, with more annotations than are described, and cocottributes.json in it."""
    instances(tmp_path, "train2014", [4, 5], [(50, 4, 18), (20, 5, 17), (21, 5, 19)])
    instances(tmp_path, "val2014", [6], [(90, 6, 18)])
    written(tmp_path)
    return tmp_path


def written(root: Path, **changed) -> Path:
    """Described objects as JSON, by default as they are made from the release."""
    content = {
        "attributes": ATTRIBUTES,
        "ann_vecs": {str(patch): row for patch, row in SCORES.items()},
        "patch_id_to_ann_id": {str(patch): one for patch, one in ANNOTATION.items()},
    }
    (root / "cocottributes.json").write_text(json.dumps(content | changed))
    return root / "cocottributes.json"


def test_objects_of_both_lists_are_found_in_the_order_of_their_annotations(coco: Path) -> None:
    found = coco_attributes(coco / "cocottributes.json", coco)
    assert found.ids == (20, 50, 90)
    assert [Path(one).relative_to(coco).as_posix() for one in found.pictures] == [
        "train2014/COCO_train2014_000000000005.jpg",
        "train2014/COCO_train2014_000000000004.jpg",
        "val2014/COCO_val2014_000000000006.jpg",
    ]
    assert found.boxes[0] == (1.5, 2.0, 30.0, 20.0)
    assert found.class_names == ("cat", "dog")
    assert found.targets.tolist() == [0, 1, 1]


def test_scores_above_a_half_are_attributes_in_the_order_of_their_ids(coco: Path) -> None:
    found = coco_attributes(coco / "cocottributes.json", coco)
    assert found.attributes == ("red", "wet")
    assert found.marks.tolist() == [[False, False], [False, True], [True, True]]


def test_the_conversion_makes_the_file_from_a_pickle_like_the_release(coco: Path, tmp_path: Path) -> None:
    released = {
        "attributes": ATTRIBUTES,
        "ann_vecs": {np.int64(patch): np.array(row) for patch, row in SCORES.items()},
        "patch_id_to_ann_id": {np.int64(patch): np.int64(one) for patch, one in ANNOTATION.items()},
        "split": {np.int64(patch): "train2014" for patch in SCORES},
    }
    joblib.dump(released, tmp_path / "cocottributes_eccv_version.jbl")
    wanted = (coco / "cocottributes.json").read_bytes()
    (coco / "cocottributes.json").unlink()
    python, *rest = shlex.split(CONVERSION)
    assert python == "python"
    subprocess.run([sys.executable, *rest], cwd=tmp_path, check=True)
    assert (tmp_path / "cocottributes.json").read_bytes() == wanted


def test_a_pickle_is_not_read(coco: Path) -> None:
    (coco / "cocottributes_eccv_version.jbl").write_bytes(b"cos\nsystem\n(S'exit 3'\ntR.")
    with pytest.raises(
        InputError, match=r"a pickle can run code when it is read; convert it .*joblib.load"
    ) as caught:
        coco_attributes(coco / "cocottributes_eccv_version.jbl", coco)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"ann_vecs": {"1": [0.0]}}, "expected 2 scores of each object .* but annotation 50 has 1"),
        ({"ann_vecs": {}}, "expected 2 scores of each object .* but there are none"),
        ({"ann_vecs": {"1": ["a", "b"]}}, "could not convert"),
        ({"ann_vecs": {"8": [0.0, 0.0]}}, "but '8' is missing; make it with python -c"),
        ({"ann_vecs": [[0.0, 0.0]]}, 'expected {"attributes"'),
        ({"attributes": [{"id": 1}]}, "'name' is missing"),
        ({"patch_id_to_ann_id": {"1": 50, "2": 77, "3": 90}}, r"lacks annotation 77 \(1 of 3 are missing\)"),
    ],
)
def test_other_content_is_refused(coco: Path, changed, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        coco_attributes(written(coco, **changed), coco)
    assert "\n" not in str(caught.value)


def test_files_that_are_no_json_are_refused(coco: Path) -> None:
    for text, message in (("{", "cannot read"), ("[]", "expected a JSON object")):
        (coco / "cocottributes.json").write_text(text)
        with pytest.raises(InputError, match=message):
            coco_attributes(coco / "cocottributes.json", coco)
    with pytest.raises(InputError, match=r"cannot read .*nowhere.json"):
        coco_attributes(coco / "nowhere.json", coco)


def test_annotations_that_are_not_those_of_coco_are_refused(coco: Path) -> None:
    (coco / "annotations" / "instances_val2014.json").write_text('{"images": [], "annotations": []}')
    with pytest.raises(InputError, match=r"of COCO in .*instances_val2014.json, but 'categories' is missing"):
        coco_attributes(coco / "cocottributes.json", coco)


def test_a_folder_without_pictures_is_refused(coco: Path) -> None:
    (coco / "val2014").rename(coco / "elsewhere")
    with pytest.raises(
        InputError, match=r"lacks annotation 90 .1 of 3 are missing.; name the folder of COCO"
    ):
        coco_attributes(coco / "cocottributes.json", coco)
    (coco / "train2014" / "COCO_train2014_000000000005.jpg").unlink()
    (coco / "elsewhere").rename(coco / "val2014")
    with pytest.raises(InputError, match=r"cannot find the picture .*0005.jpg \(1 of 3 are missing\)"):
        coco_attributes(coco / "cocottributes.json", coco)


def test_an_annotation_in_two_lists_is_taken_from_the_first(coco: Path) -> None:
    instances(coco, "train2017", [5], [(20, 5, 17)])
    assert "train2014" in coco_attributes(coco / "cocottributes.json", coco).pictures[0]
