from pathlib import Path

import pytest

from counterpoise.data.sources.lists import has_lists, lists
from counterpoise.errors import InputError


@pytest.fixture
def images(make_folder) -> Path:
    return make_folder({"train/zebra": 2, "train/ant": 1, "val": 2})


def written(folder: Path, **texts: str) -> Path:
    for split, text in texts.items():
        (folder / f"Toy_LT_{split}.txt").write_text(text)
    return folder


TRAIN = "train/zebra/0.png 0\ntrain/zebra/1.png 0\ntrain/ant/0.png 1\n"


def test_lists_keep_their_labels_and_take_names_from_folders(images: Path) -> None:
    assert not has_lists(images)
    found = lists(written(images, train=TRAIN, val="val/0.png 1\n\nval/1.png 0\n"))
    assert has_lists(images)
    assert found.class_names == ("zebra", "ant")
    assert found.splits["train"].targets.tolist() == [0, 0, 1]
    assert found.splits["val"].targets.tolist() == [1, 0]


def test_images_may_lie_elsewhere(images: Path) -> None:
    (images / "lists").mkdir()
    found = lists(written(images / "lists", train="0.png 0\n1.png 1\n"), root=images / "val")
    assert found.class_names == ("0", "1")
    assert found.splits["train"].samples.shape == (3, 12, 12)


def test_a_path_may_hold_spaces(images: Path) -> None:
    (images / "val" / "0.png").rename(images / "val" / "a picture.png")
    found = lists(written(images, train=TRAIN, test="val/a picture.png 1\n"))
    assert found.splits["test"].names == ("val/a picture.png",)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"train": TRAIN + "val/0.png -1\n"}, "integer of 0 or more, in line 4 of .*got 'val/0.png -1'"),
        ({"train": TRAIN + "val/0.png 1.5\n"}, "integer of 0 or more"),
        ({"train": TRAIN + "val/0.png\n"}, "expected 'relative/path.jpg LABEL'"),
        (
            {"train": TRAIN, "test": "val/0.png 2\n"},
            "labels from 0 to 1, the largest in train, but test has label 2",
        ),
        ({"train": TRAIN + "val/0.png 3\n"}, "class '2' has none"),
        ({"train": "train/ant/0.png 0\n"}, "at least 2 classes"),
        ({"train": TRAIN + "val/7.png 1\n"}, "7.png .1 of 4 listed files"),
        ({"train": ""}, "no images in the list of training images"),
        ({"train": TRAIN, "more_train": TRAIN}, "expected one list"),
    ],
)
def test_what_cannot_be_understood_is_refused(images: Path, texts: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        lists(written(images, **texts))
