from pathlib import Path

import pytest

from counterpoise.data.sources.folder import folder
from counterpoise.errors import InputError


def test_splits_and_classes(make_folder) -> None:
    found = folder(make_folder({"train/dog": 3, "train/cat": 2, "val/cat": 1, "test/dog": 2, "test/cat": 1}))
    assert found.class_names == ("cat", "dog")
    assert list(found.splits) == ["train", "val", "test"]
    assert found.splits["train"].targets.tolist() == [0, 0, 1, 1, 1]
    assert found.splits["test"].names == ("test/cat/0.png", "test/dog/0.png", "test/dog/1.png")
    assert found.splits["test"].targets.tolist() == [0, 1, 1]


def test_class_folders_alone_are_shared_out(make_folder) -> None:
    path = make_folder({"a": 20, "b": 3, "c": 2, "d": 1})
    counts = {
        name: split.targets.bincount(minlength=4).tolist() for name, split in folder(path).splits.items()
    }
    assert counts == {"train": [14, 1, 1, 1], "val": [2, 1, 0, 0], "test": [4, 1, 1, 0]}
    names = [name for split in folder(path).splits.values() for name in split.names]
    assert len(set(names)) == 26
    assert folder(path).splits["test"].names == folder(path).splits["test"].names
    assert folder(path).splits["test"].names != folder(path, split_seed=1).splits["test"].names


def test_a_class_may_be_called_train(make_folder) -> None:
    assert folder(make_folder({"car": 4, "train": 4})).class_names == ("car", "train")


def test_hidden_files_and_other_files_are_passed_over(make_folder) -> None:
    path = make_folder({"train/a": 2, "train/b": 2, "train/.cache": 1, ".git/x": 1})
    (path / "train" / "a" / "notes.txt").write_text("no image")
    (path / "train" / "a" / ".0.png").write_bytes(b"hidden")
    found = folder(path)
    assert found.class_names == ("a", "b")
    assert len(found.splits["train"]) == 4


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({}, "found no images"),
        ({"train/a": 0, "train/b": 0}, "found no images"),
        ({"train/a": 2}, "at least 2 classes, but found only a"),
        ({"a": 2}, "at least 2 classes"),
        ({"train/a": 2, "train/b": 0}, "class 'b' has none"),
        ({"a": 2, "b": 0}, "class 'b' has none"),
        ({"train/a": 1, "train/b": 1, "test/c": 1}, "test has class 'c'"),
        ({"train/a": 1, "train/b": 1, "valid/a": 1}, "'valid', which is no split; did you mean val"),
        ({"Train/a": 1, "Train/b": 1, "Test/a": 1}, "'Test', which is no split; did you mean test"),
        ({"val/a": 1, "val/b": 1}, "has no folder train"),
        (
            {"train/a": 1, "train/b": 1, "test": 1},
            "one folder per class in .*test, but it holds the image 0.png",
        ),
        ({"train": 3, "test": 1}, "one folder per class in .*train"),
        ({"train/a/x": 1, "train/b": 1}, "holds the folder 'x'"),
        ({"": 2}, "one folder per class"),
    ],
)
def test_what_cannot_be_understood_is_refused(make_folder, counts: dict, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        folder(make_folder(counts))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("width", "height", "size"), [(28, 28, 28), (40, 30, 30), (64, 64, 64), (70, 75, 64), (110, 100, 128)]
)
def test_the_size_is_chosen_from_the_images(make_folder, width: int, height: int, size: int) -> None:
    found = folder(make_folder({"a": 3, "b": 3}, width=width, height=height))
    assert found.splits["train"].samples.shape == (3, size, size)


def test_the_size_may_be_given(make_folder) -> None:
    assert folder(make_folder({"a": 3, "b": 3}), image_size=20).splits["train"].samples.shape == (3, 20, 20)


def test_names_do_not_depend_on_where_the_folder_lies(make_folder, tmp_path: Path) -> None:
    make_folder({"train/a": 1, "train/b": 1})
    assert folder(tmp_path).splits["train"].names == ("train/a/0.png", "train/b/0.png")
