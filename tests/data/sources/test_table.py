from pathlib import Path

import pytest
import torch

from counterpoise.data.sources.table import table, values_by_path
from counterpoise.errors import InputError


@pytest.fixture
def images(make_folder) -> Path:
    return make_folder({"images": 6})


def written(folder: Path, text: str, name: str = "labels.csv") -> Path:
    (folder / name).write_text(text)
    return folder / name


def test_a_table_with_splits(images: Path) -> None:
    text = "path,label,split\nimages/0.png,dog,train\nimages/1.png, cat ,train\nimages/2.png,dog,test\n"
    found = table(written(images, text))
    assert found.name == "labels"
    assert found.class_names == ("cat", "dog")
    assert found.splits["train"].targets.tolist() == [1, 0]
    assert found.splits["test"].names == ("images/2.png",)


def test_a_tsv_without_splits_is_shared_out(images: Path) -> None:
    rows = "".join(f"{i}.png\t{i % 2}\n" for i in range(6))
    found = table(written(images, "path\tlabel\n" + rows, "labels.tsv"), root=images / "images")
    assert {name: len(split) for name, split in found.splits.items()} == {"train": 2, "val": 2, "test": 2}


def test_numbers_are_sorted_by_value(images: Path) -> None:
    rows = "".join(f"images/{i}.png,{label},train\n" for i, label in enumerate([10, 9, 2, -1]))
    assert table(written(images, "path,label,split\n" + rows)).class_names == ("-1", "2", "9", "10")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot read the table"),
        ("file,label\nimages/0.png,a\n", "'path' is missing .found 'file', 'label'"),
        ("path,age\nimages/0.png,3\n", "'label' is missing .*name its column with --target"),
        ("path,label\n", "header but no rows"),
        ("path,label\nimages/0.png,a\nimages/1.png,\n", "a label in every row of .*, but line 3 has none"),
        ("path,label,split\nimages/0.png,a,trian\n", "found 'trian'; did you mean train"),
        ("path,label\nimages/0.png,a\nimages/99.png,b\n", "99.png .1 of 2 listed files"),
        (
            "path,label,split\nimages/0.png,a,train\nimages/1.png,b,train\nimages/2.png,c,val\n",
            "val has class 'c'",
        ),
        ("path,label,split\nimages/0.png,a,train\nimages/1.png,a,test\n", "at least 2 classes"),
        ('path,label\n"images/0.png,a\n', "cannot read the table"),
    ],
)
def test_what_cannot_be_understood_is_refused(images: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        table(written(images, text))
    assert "\n" not in str(caught.value)


def test_attributes_are_read(images: Path) -> None:
    rows = "".join(f"images/{i}.png,{i % 2},train,{tint}\n" for i, tint in enumerate(["red", "blue"] * 2))
    found = table(written(images, "path,label,split,attribute\n" + rows)).splits["train"]
    assert found.attributes == ("red", "blue", "red", "blue")
    assert found.subset(torch.tensor([1, 2])).attributes == ("blue", "red")


def test_an_attribute_belongs_to_every_row(images: Path) -> None:
    text = "path,label,split,attribute\nimages/0.png,a,train,red\nimages/1.png,b,train,\n"
    with pytest.raises(InputError, match=r"expected an attribute in every row of .*, but line 3"):
        table(written(images, text))


def test_rows_without_an_attribute_are_counted_and_the_first_are_named(images: Path) -> None:
    rows = [f"images/{i}.png,{i % 2},train,{'red' if i == 2 else ''}" for i in range(6)]
    path = written(images, "\n".join(["path,label,split,attribute", *rows]) + "\n")
    with pytest.raises(InputError) as caught:
        table(path)
    wanted = "but 5 of 6 have none: line 2 (images/0.png), line 3 (images/1.png), line 5 (images/3.png) and 2 more; "
    assert f"{wanted}fill in what is missing, or remove the column" in str(caught.value)
    with pytest.raises(
        InputError, match=r"a tint in every row of .*, but line 3 has none \(images/1.png\); fill"
    ):
        values_by_path(written(images, "path,tint\nimages/0.png,red\nimages/1.png,\n"), "tint")


def test_a_column_by_path(images: Path) -> None:
    path = written(images, "path,label,tint\nimages/0.png,a,red\nimages/1.png,b,blue\n")
    assert values_by_path(path, "tint") == {"images/0.png": "red", "images/1.png": "blue"}
    with pytest.raises(InputError, match="has no column 'hue', only 'path', 'label', 'tint'"):
        values_by_path(path, "hue")
