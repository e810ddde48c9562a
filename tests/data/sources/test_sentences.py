"""Tables with texts: the layout of STS-B-DIR, and own tables."""

from pathlib import Path

import pytest

from counterpoise.data.sources.sentences import sentences
from counterpoise.errors import InputError

PAIR = ("sentence1", "sentence2")
HEADER = "sentence1\tsentence2\tscore\n"
RELEASED = "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore\n"


def written(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return folder


def test_the_files_of_a_folder_are_its_splits(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        train__tsv=HEADER + "a b\tc d\t0.5\n\ne\tf\t5\n",
        dev__tsv=HEADER + "g\th\t1\n",
        test__tsv=HEADER + "i\tj\t2\n",
    )
    found = sentences(folder, PAIR)
    assert found.texts.to_numpy().tolist() == [["a b", "c d"], ["e", "f"], ["g", "h"], ["i", "j"]]
    assert found.others.to_dict("list") == {
        "score": ["0.5", "5", "1", "2"],
        "split": ["train", "train", "val", "test"],
    }
    assert found.to_fit_on()["sentence1"].tolist() == ["a b", "e"]
    assert found.left_out == ()


def test_a_quote_in_a_tsv_is_a_letter_and_the_origin_of_a_pair_is_left_out(tmp_path: Path) -> None:
    row = '7\tnews\tMSRpar\t2012\t3\tx\ty\t"Go, he said.\tHe said "go"\t4.2\n'
    found = sentences(written(tmp_path, train_new__tsv=RELEASED + row + row), PAIR)
    assert found.texts.iloc[1].tolist() == ['"Go, he said.', 'He said "go"']
    assert list(found.others) == ["score", "split"]
    assert sentences(tmp_path / "train_new.tsv", PAIR).left_out == (
        "genre",
        "filename",
        "source1",
        "source2",
    )


def test_a_csv_is_quoted_and_keeps_its_numbers(tmp_path: Path) -> None:
    text = '\ufefftext,stars,kind,likes,path\n"good, ""very""\ngood", 5 ,a,,x.png\n bad ,1,b,3,y.png\nso,2,1,4,z\n'
    found = sentences(written(tmp_path, own__csv=text) / "own.csv", ["text"])
    assert found.texts["text"].tolist() == ['good, "very"\ngood', "bad", "so"]
    assert found.others.to_dict("list") == {"stars": ["5", "1", "2"], "likes": ["", "3", "4"]}
    assert found.left_out == ("kind", "path")
    assert not found.has_splits
    assert found.to_fit_on() is found.texts


def test_real_pairs(shared_data: Path) -> None:
    found = sentences(shared_data / "stsb_dir", PAIR)
    assert found.others["split"].value_counts().to_dict() == {"train": 5249, "val": 1000, "test": 1000}
    assert len(found.to_fit_on()) == 5249
    assert found.others["score"].astype(float).between(0, 5).all()
    assert found.texts["sentence1"].str.count('"').sum() > 0


@pytest.mark.parametrize(
    ("name", "content", "columns", "reason"),
    [
        ("x.csv", "a,b\n1,2\n", ["text"], "expected the text column 'text' in .* columns are 'a', 'b'; name"),
        ("x.csv", "a,b\nx,y\n ,z\n", ["a"], "every row of the column 'a' .*, but line 3 has none"),
        ("x.csv", "a,split\nx,trian\n", ["a"], "found 'trian'; did you mean train"),
        ("x.csv", "a,a\nx,y\n", ["a"], "columns of different names in .*, but 'a' comes twice"),
        ("x.csv", "a,b\n", ["a"], "no rows below its header"),
        ("x.csv", "", ["a"], "no rows below its header"),
        ("x.csv", "a,b\nx\n", ["a"], "expected the 2 fields of the header .*, but line 2 has 1"),
        ("x.csv", 'a,b\n"x,y\n', ["a"], "cannot read the table"),
        ("x.tsv", "a\tb\nx\ty\tz\n", ["a"], "but line 2 has 3; correct it"),
        ("x.txt", "a\nx\n", ["a"], r"a folder, a .csv or a .tsv file with texts, but got .*x\.txt"),
        ("x.csv", "a,b,c\nx,y,z\n", ["a", "b", "c"], "one text column or two .* but got 'a', 'b', 'c'"),
        ("x.csv", "a,b\nx,y\n", ["a", "a"], "two different ones, but got 'a', 'a'"),
        ("x.csv", "a,b\nx,y\n", [], "expected one text column or two different ones"),
    ],
)
def test_a_table_that_cannot_be_understood_is_refused(
    name: str, content: str, columns: list[str], reason: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=reason) as caught:
        sentences(tmp_path / name, columns)
    assert "\n" not in str(caught.value)


def test_a_folder_that_cannot_be_understood_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"found no train\*.tsv, dev\*.tsv, test\*.tsv in"):
        sentences(tmp_path, PAIR)
    written(tmp_path, dev__tsv=HEADER + "a\tb\t1\n")
    with pytest.raises(InputError, match="expected rows of the split train in"):
        sentences(tmp_path, PAIR).to_fit_on()
    written(tmp_path, train__tsv=HEADER + "a\tb\t1\n", train_new__tsv=HEADER)
    with pytest.raises(InputError, match=r"but found train\.tsv, train_new\.tsv; move the others away"):
        sentences(tmp_path, PAIR)


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read the table .*No such file"):
        sentences(tmp_path / "none.csv", ["a"])
    (tmp_path / "x.csv").write_bytes(b"a,b\n\xff\xfe,1\n")
    with pytest.raises(InputError, match=r"cannot read the table .*can't decode"):
        sentences(tmp_path / "x.csv", ["a"])
