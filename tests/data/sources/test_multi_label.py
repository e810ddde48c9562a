"""Tables in which an image has any number of labels."""

from pathlib import Path

import pytest
import torch

from counterpoise.counts import count_classes
from counterpoise.data.data import MULTI_LABEL
from counterpoise.data.sources import Source, load
from counterpoise.data.sources.labeled import labeled
from counterpoise.data.sources.table import table
from counterpoise.errors import InputError

LISTED = (
    "path,labels,split\ni/0.png,dog|cat,train\ni/1.png,,train\ni/2.png, cat | cat|,train\ni/3.png,dog,test\n"
)
FLAGGED = "path,cat,dog,split\ni/0.png,1,1,train\ni/1.png,0,0,train\ni/2.png,1,0,train\ni/3.png,0,1,test\n"


@pytest.fixture
def images(make_folder) -> Path:
    return make_folder({"i": 40})


def written(folder: Path, text: str, name: str = "all.csv") -> Path:
    (folder / name).write_text(text)
    return folder / name


@pytest.mark.parametrize("text", [LISTED, FLAGGED], ids=["listed", "flagged"])
def test_both_forms_say_the_same(text: str, images: Path) -> None:
    found = table(written(images, text))
    assert (found.task, found.class_names) == (MULTI_LABEL, ("cat", "dog"))
    assert found.splits["train"].targets.tolist() == [[True, True], [False, False], [True, False]]
    assert found.splits["test"].targets.tolist() == [[False, True]]
    assert found.splits["test"].names == ("i/3.png",)


@pytest.mark.parametrize("cell", ["b|a", "b;a", '"b, a"', "b|a, c"])
def test_the_separator_is_the_first_that_the_column_has(cell: str, images: Path) -> None:
    found = table(written(images, f"path,labels,split\ni/0.png,{cell},train\n".replace("b|a, c", '"b|a, c"')))
    assert found.class_names == (("a, c", "b") if "|" in cell and "c" in cell else ("a", "b"))


def test_listed_numbers_are_sorted_by_value_and_columns_keep_their_order(images: Path) -> None:
    assert table(written(images, "path,labels,split\ni/0.png,10|9,train\n")).class_names == ("9", "10")
    flagged = "path,split,z,a,m\ni/0.png,train,1,1,1\n"
    assert table(written(images, flagged)).class_names == ("z", "a", "m")


def test_without_splits_every_class_is_shared_out(images: Path) -> None:
    rows = [f"i/{i}.png,{'a|b' if i < 30 else 'b|c' if i < 35 else ''}\n" for i in range(40)]
    found = table(written(images, "path,labels\n" + "".join(rows)))
    counts = {name: count_classes(split.targets, 3).tolist() for name, split in found.splits.items()}
    assert counts == {"train": [21, 24, 3], "val": [3, 4, 1], "test": [6, 7, 1]}
    empty = {name: int((~split.targets.any(dim=1)).sum()) for name, split in found.splits.items()}
    assert empty == {"train": 3, "val": 1, "test": 1}


def test_loading_gives_facts_of_the_task(images: Path) -> None:
    data = load(Source(str(written(images, LISTED))))
    assert data.facts.task == MULTI_LABEL
    assert data.facts.class_counts == (2, 1)
    other = load(Source(str(written(images, LISTED.replace("i/1.png,", "i/1.png,cat")))))
    assert data.facts.fingerprint != other.facts.fingerprint
    assert data.facts.fingerprint == load(Source(str(written(images, FLAGGED, "b.csv")))).facts.fingerprint


def test_validation_is_set_aside(images: Path) -> None:
    rows = [f"i/{i}.png,{'a|b' if i < 30 else 'b|c'},train\n" for i in range(40)]
    source = Source(str(written(images, "path,labels,split\n" + "".join(rows))), val_share=0.2)
    data = load(source)
    assert data.facts.class_counts == (24, 32, 8)
    assert count_classes(data.splits["val"].targets, 3).tolist() == [6, 8, 2]


def test_a_class_may_not_vanish_into_validation(images: Path) -> None:
    rows = "".join(f"i/{i}.png,r{i // 3}{'|z' if i % 3 == 0 else ''},train\n" for i in range(9))
    path = str(written(images, "path,labels,split\n" + rows))
    seeds = [seed for seed in range(20) if vanishes(path, seed)]
    assert len(seeds) < 20, "else the example shows nothing"
    assert seeds, "one of these draws takes all of z"


def vanishes(path: str, seed: int) -> bool:
    try:
        load(Source(path, val_share=0.6, split_seed=seed))
    except InputError as error:
        assert "all of class 'z' are set aside for validation; lower --val-share" in str(error)
        return True
    return False


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path,labels\ni/0.png,\ni/1.png,\n", "at least 2 classes, but found only none"),
        ("path,labels,split\ni/0.png,a|b,train\ni/1.png,c,test\n", "class 'c' has none"),
        ("path,a,b,split\ni/0.png,1,0,train\ni/1.png,0,1,test\n", "class 'b' has none"),
        ("path,a,b\ni/0.png,1,0\ni/1.png,yes,1\n", "0 or 1 in the class column 'a', but line 3 has 'yes'"),
        ("path,labels\n,a|b\n", "a path in every row"),
        ("labels\na|b\n", "'path' is missing"),
        ("path,class\ni/0.png,a\n", "'label' is missing .* for several labels per image"),
        ("path,labels\n", "header but no rows"),
        ("path,labels\ni/99.png,a|b\n", "99.png .1 of 1 listed files"),
    ],
)
def test_what_cannot_be_understood_is_refused(images: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        table(written(images, text))
    assert "\n" not in str(caught.value)


def test_no_long_tail_is_drawn(images: Path) -> None:
    with pytest.raises(InputError, match="--imbalance draws one class after the other"):
        load(Source(str(written(images, LISTED)), imbalance="step"))


def test_other_data_of_a_trained_net(images: Path) -> None:
    trained = load(Source(str(written(images, LISTED)))).facts
    some = labeled(str(written(images, "path,labels\ni/7.png,dog\ni/8.png,\n", "some.csv")), trained)
    assert torch.equal(some.splits["test"].targets, torch.tensor([[False, True], [False, False]]))
    with pytest.raises(InputError, match="has 'cow'; remove it"):
        labeled(str(written(images, "path,labels\ni/7.png,dog|cow\n", "cow.csv")), trained)
    with pytest.raises(InputError, match="has one for each"):
        labeled(str(written(images, "path,label\ni/7.png,dog\n", "one.csv")), trained)
    with pytest.raises(InputError, match="images with several labels come from a table"):
        labeled(str(images), trained)
