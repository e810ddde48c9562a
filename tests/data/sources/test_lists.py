from pathlib import Path

import pytest

from counterpoise.data.sources import Source, load
from counterpoise.data.sources.lists import VAL_AS_TEST, has_lists, lists
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


def inaturalist(folder: Path, make_folder) -> Path:
    """Three species as the lists of iNaturalist 2018 name them; the numbers are folders and labels."""
    make_folder({"train_val2018/Plantae/0": 3, "train_val2018/Aves/1": 2, "train_val2018/Plantae/2": 3})
    train = ("Plantae/0/0.png 0", "Plantae/0/2.png 0", "Aves/1/0.png 1", "Plantae/2/1.png 2")
    val = ("Plantae/0/1.png 0", "Plantae/2/0.png 2", "Aves/1/1.png 1")
    for split, lines in {"train": train, "val": val}.items():
        text = "".join(f"train_val2018/{line}\n" for line in lines)
        (folder / f"iNaturalist18_{split}.txt").write_text(text)
    return folder


def test_inaturalist_2018_has_its_own_lists(make_folder, tmp_path: Path) -> None:
    data = load(Source(str(inaturalist(tmp_path, make_folder))))
    assert data.facts.class_names == ("0", "1", "2")
    assert data.facts.class_counts == (2, 1, 1)
    assert data.splits["val"].targets.tolist() == [0, 2, 1]
    assert data.splits["train"].names[2] == "train_val2018/Aves/1/0.png"
    assert (data.facts.mean, data.facts.std) == ((0.466, 0.471, 0.380), (0.195, 0.194, 0.192))


def test_val_that_doubles_as_test_is_told(make_folder, tmp_path: Path) -> None:
    data = load(Source(str(inaturalist(tmp_path, make_folder))))
    assert not data.has("test")
    assert data.facts.notes == (VAL_AS_TEST,)
    (tmp_path / "iNaturalist18_test.txt").write_text("train_val2018/Plantae/0/1.png 0\n")
    assert load(Source(str(tmp_path))).facts.notes == ()


def test_lists_of_inaturalist_may_lie_apart_from_its_images(make_folder, tmp_path: Path) -> None:
    inaturalist(tmp_path, make_folder)
    (tmp_path / "lists").mkdir()
    for file in tmp_path.glob("*.txt"):
        file.rename(tmp_path / "lists" / file.name)
    assert load(Source(str(tmp_path / "lists"), root=str(tmp_path))).facts.class_counts == (2, 1, 1)


def test_other_lists_have_the_usual_statistics_and_no_note_without_val(images: Path) -> None:
    found = lists(written(images, train=TRAIN))
    assert (found.statistics, found.notes) == (None, ())


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
