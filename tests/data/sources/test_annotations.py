"""One file of COCO's or LVIS's annotations."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from counterpoise.data.sources.annotations import Annotated, Category, Reader, annotations_of, categories_of
from counterpoise.errors import InputError

from .coco_made import annotated, image, thing

FILE = Path("x.json")
LABELS = {3: 0, 7: 1, 90: 2}


def read(*things: dict[str, Any], **more: Any) -> Annotated:
    return Reader(FILE, LABELS).read(annotated(*things, **more))


def test_things_belong_to_their_pictures() -> None:
    found = read()
    assert [one.image_id for one in found.shown] == [5, 6, 7, 8]
    assert [one.labels.tolist() for one in found.shown] == [[0, 0, 1], [0], [1], []]
    assert found.shown[0].boxes.tolist() == [[2, 3, 8, 7], [10, 1, 15, 6], [1, 1, 5, 5]]
    assert [one.crowd.tolist() for one in found.shown[1:]] == [[False], [True], []]
    assert [one.areas.tolist() for one in found.shown[:2]] == [[24, 25, 16], [150.5]]
    assert all(one.has_masks for one in found.shown)
    assert (found.federated, found.cut, found.flat) == (False, 0, [])
    assert found.files[0] == ("5.png",)


def test_what_was_looked_for() -> None:
    found = read(neg_category_ids=[90, 3, 1000], not_exhaustive_category_ids=[7])
    assert found.federated
    assert {one.negative for one in found.shown} == {(2, 0)}
    assert {one.not_exhaustive for one in found.shown} == {(1,)}


@pytest.mark.parametrize(
    ("entry", "names"),
    [
        ({"coco_url": "http://images.cocodataset.org/train2017/5.png"}, ("5.png", "train2017/5.png")),
        (
            {"file_name": "COCO_val2014_5.png", "coco_url": "http://x.org/val2017/5.png"},
            ("COCO_val2014_5.png", "val2017/5.png", "5.png"),
        ),
        ({"file_name": "", "coco_url": "http://x.org/val2017/5.png"}, ("val2017/5.png", "5.png")),
    ],
)
def test_names_under_which_a_picture_may_lie(entry: dict[str, Any], names: tuple[str, ...]) -> None:
    raw = {**annotated(), "images": [image(5, **entry)], "annotations": []}
    assert Reader(FILE, LABELS).read(raw).files == [names]


def test_a_box_beyond_its_picture_is_cut_and_counted() -> None:
    found = read(
        thing(1, 5, 3, [-0.9, -0.5, 5, 5]),
        thing(2, 5, 3, [15, 5, 5.8, 5.9]),
        thing(3, 5, 3, [-3, 2, 8, 4]),
        thing(4, 5, 3, [15, 2, 8, 4]),
        thing(5, 6, 3, [2, -2, 8, 14]),
    )
    assert found.shown[0].boxes.tolist() == [
        [0, 0, pytest.approx(4.1), 4.5],
        [15, 5, 20, 10],
        [0, 2, 5, 6],
        [15, 2, 20, 6],
    ]
    assert found.shown[1].boxes.tolist() == [[2, 0, 10, 10]]
    assert found.cut == 3


def test_a_box_without_an_area_is_left_out_and_named() -> None:
    boxes = ([1, 1, 0, 4], [1, 1, 4, -2], [25, 3, 4, 4], [1, 1, 1e-6, 5], [1, 1, 0.5, 0.5])
    found = read(*(thing(number, 5, 3, box) for number, box in enumerate(boxes, start=11)))
    assert found.flat == [11, 12, 13, 14]
    assert found.shown[0].boxes.tolist() == [[1, 1, 1.5, 1.5]]
    assert len(found.shown[0].segmentations) == 1


def test_things_may_have_no_mask() -> None:
    without = {"id": 1, "image_id": 5, "category_id": 3, "bbox": [0, 0, 4, 5]}
    found = read(without, {**without, "segmentation": []}, {**without, "segmentation": None, "area": None})
    assert found.shown[0].segmentations == (None, None, None)
    assert found.shown[0].areas.tolist() == [20, 20, 20]
    assert not found.shown[0].has_masks
    assert found.shown[1].has_masks, "it shows nothing"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"category_id": 4}, "the category_id of a known category, but 4 came"),
        ({"category_id": None}, "the category_id of a known category, but None came"),
        ({"category_id": [3]}, r"the category_id of a known category, but \[3\] came"),
        ({"image_id": 1}, "an image_id that a picture has, but 1 came"),
        ({"image_id": {}}, "an image_id that a picture has, but {} came"),
        ({"bbox": [1, 2, 3]}, r"bbox as \[left, top, width, height\], finite numbers, but \[1, 2, 3\] came"),
        ({"bbox": [1, 2, 3, math.nan]}, r"finite numbers, but \[1, 2, 3, nan\] came"),
        ({"bbox": [1, 2, 3, "4"]}, "finite numbers, but"),
        ({"bbox": None}, "finite numbers, but None came"),
        ({"segmentation": [[1, 2, 3]]}, r"a mask as polygons .* one of shape \(3,\) came"),
        (
            {"segmentation": {"size": [1, 1], "counts": [1]}},
            r"of the size \[10, 20\], but the size \[1, 1\] came",
        ),
    ],
)
def test_a_wrong_annotation_is_named(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=f"x.json, annotation 44: expected .*{reason}.*; correct") as caught:
        read(thing(43, 5, 3, [0, 0, 4, 4]), {**thing(44, 5, 3, [0, 0, 4, 4]), **change})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("images", "reason"),
    [
        ([], "images: expected at least one picture, but there is none"),
        ([image(5, width=None)], "the picture 5.png: expected whole numbers as id, width and height"),
        ([image(5, height=10.5)], "the picture 5.png: expected whole numbers"),
        ([{"id": "a", "width": 3, "height": 3}], "the picture a: expected whole numbers"),
        ([image(5), image(5)], "images: expected a different id for each picture, but some have the same"),
        ([image(5, file_name="")], "the picture 5: expected file_name or coco_url, but neither is there"),
    ],
)
def test_a_wrong_picture_is_named(images: list[dict[str, Any]], reason: str) -> None:
    with pytest.raises(InputError, match=f"x.json, {reason}"):
        Reader(FILE, LABELS).read({**annotated(), "images": images, "annotations": []})


def test_categories_in_the_order_of_their_numbers() -> None:
    raw = {"categories": [{"id": 9, "name": "b", "frequency": "r"}, {"id": 2, "name": "c"}]}
    assert categories_of(raw, FILE) == [Category(2, "c", ""), Category(9, "b", "r")]


@pytest.mark.parametrize(
    ("categories", "reason"),
    [
        ([], "categories with a whole number id and a name in x.json, but not all have them"),
        ([{"id": 1}], "but not all have them"),
        ([{"id": "1", "name": "a"}], "but not all have them"),
        (
            [{"id": 1, "name": "a"}, {"id": 1, "name": "b"}],
            "of different numbers in x.json, but 1 comes twice",
        ),
        (
            [{"id": 1, "name": "a"}, {"id": 2, "name": "a"}],
            "of different names in x.json, but 'a' comes twice",
        ),
    ],
)
def test_wrong_categories(categories: list[dict[str, Any]], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        categories_of({"categories": categories}, FILE)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "cannot read the annotations"),
        ("[]", "the lists images, categories, annotations of COCO's format in .*, but images is none"),
        ('{"images": [], "categories": []}', "but annotations is none"),
        ('{"images": [], "categories": [5], "annotations": []}', "but categories is none"),
        ("[" * 100_000, "cannot read the annotations"),
    ],
)
def test_another_file_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / "x.json").write_text(content)
    with pytest.raises(InputError, match=reason) as caught:
        annotations_of(tmp_path / "x.json")
    assert "\n" not in str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read the annotations .*x\.json: .*No such file"):
        annotations_of(tmp_path / "x.json")


def whole(path: Path) -> tuple[list[Category], Annotated, dict[str, Any]]:
    raw = annotations_of(path)
    categories = categories_of(raw, path)
    labels = {category.number: i for i, category in enumerate(categories)}
    return categories, Reader(path, labels).read(raw), raw


def test_real_annotations_of_lvis(shared_data: Path) -> None:
    categories, found, raw = whole(shared_data / "class_manifests" / "lvis_v0_5_val_100.json")
    assert len(categories) == 1230
    assert [sum(c.frequency == group for c in categories) for group in "rcf"] == [454, 461, 315]
    assert (len(found.shown), sum(len(one.labels) for one in found.shown)) == (100, 977)
    assert found.federated
    assert (found.cut, found.flat) == (0, [])
    assert all(one.has_masks for one in found.shown)
    first = raw["images"][0]
    assert [categories[label].number for label in found.shown[0].negative] == first["neg_category_ids"]
    assert found.files[0] == ("COCO_val2014_000000266409.jpg", "val2017/000000266409.jpg", "000000266409.jpg")


def test_real_boxes_of_taco(shared_data: Path) -> None:
    categories, found, raw = whole(shared_data / "class_manifests" / "taco_boxes.json")
    assert [category.number for category in categories] == list(range(60))
    assert sum(len(one.labels) for one in found.shown) + len(found.flat) == len(raw["annotations"]) == 4784
    assert not found.federated
    assert all(segmentation is None for one in found.shown for segmentation in one.segmentations)
    sides = [(one.boxes >= 0).all() and one.boxes[:, 2].le(one.width).all() for one in found.shown]
    assert all(sides)
    assert json.dumps(found.flat)
