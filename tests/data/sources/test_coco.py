"""Whole data sets in COCO's and LVIS's format."""

import json
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
import torch

from counterpoise.data.augmentation import SceneFlip
from counterpoise.data.data import DETECTION, Data, Facts
from counterpoise.data.scenes import Scenes
from counterpoise.data.sources import Source, load
from counterpoise.data.sources.coco import sides_of
from counterpoise.data.sources.labeled import labeled
from counterpoise.data.sources.unlabeled import unlabeled
from counterpoise.errors import InputError

from .coco_made import CATEGORIES, annotated, save, thing, written


def scenes(data: Data, split: str = "train") -> Scenes:
    return cast(Scenes, data.splits[split].samples)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(
        tmp_path / "pets", train=annotated(), val=annotated(thing(1, 11, 90, [1, 1, 5, 5]), images=[11, 12])
    )


def test_facts_about_things(folder: Path) -> None:
    data = load(Source(str(folder)))
    facts = data.facts
    assert (facts.name, facts.task, facts.kind) == ("pets", DETECTION, "image")
    assert facts.class_names == ("cat", "dog", "owl")
    assert facts.class_counts == (3, 1, 0)
    assert facts.split_sizes == {"train": 4, "val": 2}
    assert facts.shape == (3, 10, 17)
    assert facts.plain == SceneFlip()
    assert facts.notes == ("1 of 3 categories are in no training picture, first 'owl'",)
    objects = facts.objects
    assert objects is not None
    assert (objects.category_ids, objects.image_counts) == ((3, 7, 90), (2, 1, 0))
    assert (objects.frequency, objects.masks, objects.federated) == (("r", "r", "r"), True, False)
    assert Facts.from_json(json.loads(json.dumps(facts.as_json()))) == facts


def test_splits_have_the_labels_of_training(folder: Path) -> None:
    data = load(Source(str(folder)))
    assert data.splits["train"].targets.tolist() == [3, 1, 0, 0]
    assert data.splits["train"].names == tuple(f"images/{number}.png" for number in (5, 6, 7, 8))
    assert [one.labels.tolist() for one in scenes(data, "val").shown] == [[2], []]


def test_categories_of_other_numbers_are_told_by_their_names(tmp_path: Path) -> None:
    val = annotated(thing(1, 11, 1, [1, 1, 5, 5]), images=[11])
    val["categories"] = [{"id": 1, "name": "dog"}, {"id": 2, "name": "elk"}]
    data = load(Source(str(written(tmp_path, train=annotated(), val=val))))
    assert scenes(data, "val").shown[0].labels.tolist() == [1]
    val["annotations"] = [thing(1, 11, 2, [1, 1, 5, 5])]
    with pytest.raises(
        InputError, match=r"val\.json, annotation 1: expected the category_id of a known category"
    ):
        load(Source(str(written(tmp_path, val=val))))


def test_frequency_comes_from_the_file_where_it_is_there(tmp_path: Path) -> None:
    train = annotated()
    train["categories"] = [{**one, "frequency": group} for one, group in zip(CATEGORIES, "fcr", strict=True)]
    data = load(Source(str(written(tmp_path, train=train))))
    assert data.facts.objects and data.facts.objects.frequency == ("c", "f", "r")
    del train["categories"][0]["frequency"]
    data = load(Source(str(written(tmp_path, train=train))))
    assert data.facts.objects and data.facts.objects.frequency == ("r", "r", "r")


def test_federated_where_every_file_is(tmp_path: Path) -> None:
    train, val = (
        annotated(*things, images=images, neg_category_ids=[90])
        for things, images in (((), (5, 6, 7, 8)), ((thing(1, 11, 3, [1, 1, 5, 5]),), (11,)))
    )
    data = load(Source(str(written(tmp_path, train=train, val=val))))
    assert data.facts.objects and data.facts.objects.federated
    assert scenes(data, "val").shown[0].negative == (2,)
    del val["images"][0]["neg_category_ids"]
    with pytest.raises(InputError, match=r"neg_category_ids in all of train\.json, val\.json or in none"):
        load(Source(str(written(tmp_path, train=train, val=val))))


def test_masks_are_used_where_all_things_have_one(folder: Path) -> None:
    assert scenes(load(Source(str(folder)))).masks
    val = annotated(
        thing(1, 11, 3, [1, 1, 5, 5], segmentation=[]), thing(2, 11, 3, [1, 1, 5, 5]), images=[11]
    )
    data = load(Source(str(written(folder, val=val))))
    assert not scenes(data).masks
    assert data.facts.objects and not data.facts.objects.masks
    assert "val.json: 1 of 2 things have no mask, so that none is used" in data.facts.notes


def test_boxes_that_were_cut_or_left_out_are_told(tmp_path: Path) -> None:
    train = annotated(
        thing(1, 5, 3, [-5, 1, 9, 5]),
        thing(8, 5, 3, [1, 1, 0, 5]),
        thing(9, 6, 7, [1, 1, 5, 0]),
        thing(3, 6, 90, [0, 0, 5, 5]),
    )
    notes = load(Source(str(written(tmp_path, train=train)))).facts.notes
    assert notes == (
        "train.json: 1 of 4 boxes reached beyond their picture and were cut at its edge",
        "train.json: 2 of 4 boxes have no area and were left out, first annotation 8",
        "1 of 3 categories are in no training picture, first 'dog'",
    )


def test_one_set_is_shared_out_by_rare_categories(tmp_path: Path) -> None:
    cats = [thing(number, number, 3, [1, 1, 5, 5]) for number in range(30)]
    dogs = [thing(100 + number, number, 7, [1, 1, 5, 5]) for number in range(10)]
    source = Source(str(written(tmp_path, instances=annotated(*cats, *dogs, images=range(32)))))
    data = load(source)
    assert data.facts.split_sizes == {"train": 22, "val": 3, "test": 7}
    dogs_in = {split: int(scenes(data, split).marks(3)[:, 1].sum()) for split in data.splits}
    assert dogs_in == {"train": 7, "val": 1, "test": 2}
    assert data.facts.class_counts == (21, 7, 0)
    assert load(source).facts.fingerprint == data.facts.fingerprint
    assert load(replace(source, split_seed=1)).facts.fingerprint != data.facts.fingerprint


def test_validation_pictures_can_be_set_aside(tmp_path: Path) -> None:
    cats = [thing(number, number, 3, [1, 1, 5, 5]) for number in range(10)]
    folder = written(tmp_path, train=annotated(*cats, images=range(10)))
    data = load(Source(str(folder / "train.json"), val_share=0.2))
    assert data.facts.split_sizes == {"train": 8, "val": 2}
    assert data.facts.class_counts == (8, 0, 0)
    assert data.facts.objects and data.facts.objects.image_counts == (8, 0, 0)


def test_the_fingerprint_tells_of_a_moved_box(folder: Path) -> None:
    before = load(Source(str(folder))).facts.fingerprint
    assert load(Source(str(folder / "train.json"))).facts.fingerprint == before
    train = annotated()
    train["annotations"][0]["bbox"][0] += 0.5
    assert load(Source(str(written(folder, train=train)))).facts.fingerprint != before


def test_pictures_can_lie_elsewhere(tmp_path: Path) -> None:
    folder = written(tmp_path / "a", train=annotated(), pictures="../b/train")
    with pytest.raises(InputError, match=r"cannot find the image 5\.png .*\(4 of 4 are missing\)"):
        load(Source(str(folder)))
    assert load(Source(str(folder), root=str(tmp_path / "b"))).splits["train"].names[0] == "train/5.png"


def test_a_picture_of_another_size_is_refused(folder: Path) -> None:
    save(folder / "images" / "6.png", width=10, height=20)
    with pytest.raises(InputError, match=r"expected 20 x 10 pixels in the image .*6\.png.* has 10 x 20"):
        load(Source(str(folder)))


def test_an_unreadable_picture_can_be_left_out(folder: Path) -> None:
    (folder / "images" / "5.png").write_bytes(b"")
    with pytest.raises(InputError, match=r"cannot read the image images/5\.png \(1 unreadable"):
        load(Source(str(folder)))
    data = load(Source(str(folder), skip_corrupt=True))
    assert data.facts.skipped == ("images/5.png",)
    assert data.facts.class_counts == (1, 0, 0)


def test_nothing_to_train_on(tmp_path: Path, folder: Path) -> None:
    nothing = {**annotated(), "annotations": []}
    with pytest.raises(
        InputError, match="expected things in the training pictures of empty, but they show none"
    ):
        load(Source(str(written(tmp_path / "empty", train=nothing))))
    (folder / "train.json").unlink()
    with pytest.raises(InputError, match=r"has no train\.json beside val\.json; add it"):
        load(Source(str(folder)))


def test_a_long_tail_cannot_be_drawn(folder: Path) -> None:
    with pytest.raises(InputError, match="--imbalance draws one class after the other, but pets has"):
        load(Source(str(folder), imbalance="exponential"))


def test_sides_are_those_of_coco_or_of_small_pictures(folder: Path) -> None:
    assert load(Source(str(folder), image_size=48)).facts.shape == (3, 48, 80)
    shown = scenes(load(Source(str(folder)))).shown
    for height, short, long in ((480, 800, 1333), (399, 399, 665), (128, 128, 213)):
        assert sides_of([replace(one, width=640, height=height) for one in shown], None) == (short, long)


def test_other_annotations_in_the_trained_categories(folder: Path, tmp_path: Path) -> None:
    trained = load(Source(str(folder), image_size=48)).facts
    other = annotated(thing(1, 5, 2, [1, 1, 5, 5]), images=[5], neg_category_ids=[])
    other["categories"] = [{"id": 2, "name": "owl"}]
    data = labeled(str(written(tmp_path / "other", instances=other)), trained)
    assert set(data.splits) == {"test"}
    assert scenes(data, "test").shown[0].labels.tolist() == [2]
    assert scenes(data, "test").shape == (3, 48, 80)
    assert data.facts.objects and data.facts.objects.federated
    assert data.facts.class_counts == trained.class_counts
    both = labeled(str(folder), trained)
    assert {split: len(part) for split, part in both.splits.items()} == {"train": 4, "val": 2}


def test_other_annotations_in_another_category_are_refused(folder: Path, tmp_path: Path) -> None:
    trained = load(Source(str(folder))).facts
    other = annotated()
    other["categories"][1] = {"id": 3, "name": "elk"}
    with pytest.raises(
        InputError, match="annotation 1: expected the category_id of a known category, but 3 came"
    ):
        labeled(str(written(tmp_path / "other", train=other)), trained)
    with pytest.raises(InputError, match="found no annotations in"):
        labeled(str(tmp_path / "nothing"), trained)


def test_pictures_to_look_at(folder: Path) -> None:
    trained = load(Source(str(folder), image_size=48)).facts
    save(folder / "more" / "tall.png", width=7, height=30)
    split, skipped = unlabeled([str(folder / "more"), str(folder / "images" / "5.png")], trained)
    looked_at = cast(Scenes, split.samples)
    assert skipped == ()
    assert [(one.image_id, one.width, one.height) for one in looked_at.shown] == [(0, 7, 30), (1, 20, 10)]
    assert (looked_at.shape, looked_at.masks) == ((3, 48, 80), False)
    assert split.targets.tolist() == [0, 0]
    assert split.names == (str(folder / "more" / "tall.png"), str(folder / "images" / "5.png"))


def test_real_pictures_of_coco(shared_data: Path, tmp_path: Path) -> None:
    original = shared_data / "coco128_small"
    with tarfile.open(original / "images.tar") as tar:
        tar.extractall(tmp_path)
    (tmp_path / "instances.json").write_bytes((original / "instances.json").read_bytes())
    data = load(Source(str(tmp_path)))
    parts = [scenes(data, split) for split in data.splits]
    assert sum(map(len, parts)) == 128
    assert data.num_classes == 80
    labels = torch.cat([found for part in parts for found in part.things])
    assert len(labels) == 929
    assert sum(int(one.crowd.sum()) for part in parts for one in part.shown) == 10
    assert sum(not len(one.labels) for part in parts for one in part.shown) == 2
    assert data.facts.objects and data.facts.objects.masks
    assert any("categories are in no training picture" in note for note in data.facts.notes)
    train = parts[0]
    portions = [(torch.arange(16), torch.ones(16, 1, dtype=torch.int64))]
    (batch,) = train.batches(portions, SceneFlip(flip=True), workers=0, device=torch.device("cpu"))
    for image, objects in zip(batch.images, batch.objects, strict=True):
        assert objects["masks"].shape == (len(objects["boxes"]), *image.shape[1:])
        for (left, top, right, bottom), mask in zip(objects["boxes"].tolist(), objects["masks"], strict=True):
            rows, columns = mask.nonzero().unbind(1)
            edges = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
            assert [int(edge) for edge in edges] == pytest.approx([left, top, right, bottom], abs=4)
