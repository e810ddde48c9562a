import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from counterpoise.data import inspection
from counterpoise.data.data import Data
from counterpoise.data.inspection import inspect
from counterpoise.data.sources import Source, load


def inspected(path: Path, **options: object) -> inspection.Inspection:
    return inspect(load(Source(data=str(path), **options)))


def test_counts_ratio_and_groups(make_folder) -> None:
    path = make_folder({"train/a": 30, "train/b": 12, "train/c": 6, "test/a": 3, "test/b": 3, "test/c": 3})
    found = inspected(path)
    assert found.counts == {"train": [30, 12, 6], "test": [3, 3, 3]}
    assert found.imbalance_ratio == 5
    assert found.strict_shots["groups"] == {"many": [], "medium": [0], "few": [1, 2]}
    assert found.shots["convention"] == "quantile"
    assert found.warnings == ()
    assert found.duplicates == ()
    assert json.loads(json.dumps(found.as_json()))["class_names"] == ["a", "b", "c"]


def test_digits_are_fine() -> None:
    assert inspect(load(Source(data="digits"))).warnings == ()


def test_a_test_split_as_skewed_as_train(make_folder) -> None:
    path = make_folder({"train/a": 30, "train/b": 6, "test/a": 9, "test/b": 2})
    (warning,) = inspected(path).warnings
    assert "skewed like the training split (total variation 0.02, to equally likely classes 0.32)" in warning
    assert "--target-prior train" in warning


def test_missing_classes_and_single_images(make_folder) -> None:
    path = make_folder({"train/a": 4, "train/b": 1, "train/c": 4, "test/a": 2, "test/b": 2, "val/c": 1})
    warnings = inspected(path).warnings
    assert "The test split has no samples of c." in warnings
    assert "The val split has no samples of a, b." in warnings
    assert "Only one training sample of b." in warnings


def test_doubles_across_train_and_test(make_folder, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_folder({"train/a": 3, "train/b": 3, "test/a": 2, "test/b": 2})
    (path / "test/a/1.png").write_bytes((path / "train/b/2.png").read_bytes())
    found = inspected(path)
    assert found.duplicates == (("train/b/2.png", "test/a/1.png"),)
    assert any("1 test samples are also" in warning for warning in found.warnings)
    monkeypatch.setattr(inspection, "HASHED", 5)
    assert inspected(path).duplicates is None


def test_skipped_images_are_named(make_folder) -> None:
    path = make_folder({"train/a": 3, "train/b": 3})
    (path / "train/a/0.png").write_bytes(b"broken")
    found = inspected(path, skip_corrupt=True)
    assert found.skipped == ("train/a/0.png",)
    assert found.warnings == ("1 unreadable images were left out: train/a/0.png.",)


def test_images_without_a_label_are_told(tiny_labels: Data) -> None:
    found = inspect(tiny_labels)
    assert found.counts["train"] == list(tiny_labels.facts.class_counts)
    assert any(one.startswith("1 training images have no label") for one in found.warnings)
    assert not any("accuracy" in one for one in found.warnings)


def test_notes_about_the_data_are_warnings() -> None:
    data = load(Source("digits", imbalance="exponential", ratio=20, unlabeled="rest"))
    found = inspect(data)
    (note,) = data.facts.notes
    assert found.warnings[0] == f"The{note[3:]}."
    assert set(found.counts) == {"train", "val", "test"}


def test_objects_are_counted_and_their_images(tiny_scenes: Data) -> None:
    found = inspect(tiny_scenes)
    facts = tiny_scenes.facts
    assert found.counts["train"] == list(facts.class_counts) == [8, 5, 2, 1]
    assert found.counts["test"] == [3, 3, 3, 3]
    assert found.images is not None
    assert facts.objects is not None
    assert found.images["train"] == list(facts.objects.image_counts)
    assert found.shots["groups"] == {"many": [0], "medium": [1], "few": [2, 3]}
    assert found.imbalance_ratio == 8
    assert found.warnings == (
        "Training images without any object: 2; they teach what is not there.",
        "Only one training object of d.",
    )
    assert json.loads(json.dumps(found.as_json()))["images"] == found.images


def test_categories_without_objects_are_named(tiny_scenes: Data) -> None:
    test = tiny_scenes.splits["test"].subset(torch.tensor([0]))
    found = inspect(replace(tiny_scenes, splits={**tiny_scenes.splits, "test": test}))
    unseen = [name for name, count in zip("abcd", found.counts["test"], strict=True) if not count]
    assert f"The test split has no objects of {', '.join(unseen)}." in found.warnings


def test_other_data_have_no_images_of_classes() -> None:
    assert inspect(load(Source(data="digits"))).images is None
