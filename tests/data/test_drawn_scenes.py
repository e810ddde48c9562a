"""Scattered digits on disk."""

import json
from collections import Counter
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch

from counterpoise.data.drawn_scenes import Scene, category_counts, draw_scene, write_scenes
from counterpoise.data.masks import pixels, segmentation_of
from counterpoise.data.scenes import Scenes
from counterpoise.data.sources import Source, load
from counterpoise.errors import InputError

GLYPH = np.zeros((8, 8))
GLYPH[:, 3:6] = 1
DEFAULTS: dict[str, Any] = {"images": 40, "size": 64, "ratio": 20.0, "seed": 1}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("drawn") / "scenes"
    write_scenes(made, **DEFAULTS)
    return made


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def drawn(number: int, seed: int = 0) -> Scene:
    return draw_scene([GLYPH] * number, 64, np.random.default_rng(seed))


def test_what_is_hidden_is_no_part_of_a_mask() -> None:
    scene = drawn(12)
    assert scene.picture.shape == (64, 64, 3)
    assert scene.picture.dtype == np.uint8
    assert scene.masks.shape == (12, 64, 64)
    assert scene.masks.sum(axis=0).max() == 1
    whole = np.stack([drawn(number + 1).masks[-1] for number in range(12)])
    assert (whole >= scene.masks).all()
    seen = scene.masks.sum(axis=(1, 2)) / whole.sum(axis=(1, 2))
    assert seen[-1] == 1
    assert 1 <= (seen < 0.9).sum() <= 8


def test_digits_are_brighter_than_the_ground_and_of_many_sizes() -> None:
    scenes = [drawn(1, seed) for seed in range(60)]
    brighter = [s.picture[s.masks[0]].mean() > s.picture[~s.masks[0]].mean() for s in scenes]
    assert np.mean(brighter) > 0.95
    heights = [np.ptp(scene.masks[0].nonzero()[0]) + 1 for scene in scenes]
    assert 8 <= min(heights) < 12 < 22 < max(heights) <= 27


def test_no_digit_at_all() -> None:
    scene = draw_scene([], 48, np.random.default_rng(0))
    assert scene.masks.shape == (0, 48, 48)
    assert scene.picture.std() > 1


def test_counts_fall_exponentially() -> None:
    assert category_counts(1200, 10, 100).tolist() == [484, 290, 174, 104, 62, 37, 22, 13, 8, 5]
    assert category_counts(400, 10, 1).tolist() == [40] * 10
    assert category_counts(30, 10, 10_000).min() == 1


def test_training_has_a_long_tail_and_validation_none(folder: Path) -> None:
    data = load(Source(str(folder)))
    facts = data.facts
    assert facts.split_sizes == {"train": 30, "val": 10}
    assert facts.class_names == tuple("0123456789")
    assert facts.class_counts[0] > 10 * facts.class_counts[9] > 0
    assert list(facts.class_counts) == sorted(facts.class_counts, reverse=True)
    found = torch.cat(cast(Scenes, data.splits["val"].samples).things).bincount(minlength=10)
    assert found.tolist() == [4] * 10
    assert facts.objects and facts.objects.masks and facts.objects.federated
    assert facts.notes == ()


def test_annotations_are_those_of_lvis(folder: Path) -> None:
    train, val = (json.loads((folder / f"{split}.json").read_text()) for split in ("train", "val"))
    assert train["categories"] == val["categories"]
    counted = Counter(one["category_id"] for one in train["annotations"])
    for category in train["categories"]:
        images = {a["image_id"] for a in train["annotations"] if a["category_id"] == category["id"]}
        assert category["image_count"] == len(images)
        assert category["instance_count"] == counted[category["id"]]
        assert category["frequency"] == ("r" if len(images) <= 10 else "c")
    assert not {one["id"] for one in train["images"]} & {one["id"] for one in val["images"]}
    for one in train["images"]:
        shown = {a["category_id"] for a in train["annotations"] if a["image_id"] == one["id"]}
        assert not shown & set(one["neg_category_ids"])
    absent = sum(len(one["neg_category_ids"]) for one in train["images"])
    assert 0.3 < absent / (30 * 10 - sum(c["image_count"] for c in train["categories"])) < 0.7


def test_boxes_and_areas_are_those_of_masks(folder: Path) -> None:
    for thing in json.loads((folder / "train.json").read_text())["annotations"]:
        mask = pixels([segmentation_of(thing["segmentation"], 64, 64)], 64, 64)[0]
        rows, columns = mask.nonzero().unbind(1)
        left, top = int(columns.min()), int(rows.min())
        assert thing["bbox"] == [left, top, int(columns.max()) + 1 - left, int(rows.max()) + 1 - top]
        assert thing["area"] == int(mask.sum())


def test_the_seed_decides(folder: Path, tmp_path: Path) -> None:
    for name, seed in (("same", 1), ("other", 2)):
        write_scenes(tmp_path / name, **{**DEFAULTS, "seed": seed})
    assert bytes_of(tmp_path / "same") == bytes_of(folder)
    other = bytes_of(tmp_path / "other")
    assert all(other[name] != content for name, content in bytes_of(folder).items())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"images": 19}, "at least 20 images .* but 19 images"),
        ({"size": 47}, "images of 47 pixels"),
        ({"size": 1025}, "images of 1025 pixels"),
        ({"ratio": 0.5}, "the ratio 0.5"),
        ({"ratio": float("nan")}, "the ratio nan"),
        ({"seed": -1}, "the seed -1 came"),
    ],
)
def test_numbers_outside_their_range(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        write_scenes(tmp_path / "scenes", **{**DEFAULTS, **change})
    assert not (tmp_path / "scenes").exists()


def test_a_folder_in_use_is_refused(folder: Path) -> None:
    with pytest.raises(InputError, match=f"expected an empty folder for the scenes, but {folder} is none"):
        write_scenes(folder, **DEFAULTS)
