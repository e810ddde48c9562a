"""``counterpoise embed``: a table to train on, and others like it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from counterpoise.cli.main import main
from counterpoise.data.sources import Source, load
from counterpoise.data.sources.unlabeled import unlabeled

THINGS = ("a red car", "the old cat", "two big dogs", "a blue boat")
DOES = ("is moving", "was sleeping", "moves along", "sleeps")


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """48 pairs of simple sentences with a score, 16 in each of train, dev and test."""
    sentences = [f"{thing} {does}" for thing in THINGS for does in DOES]
    for shift, split in enumerate(("train", "dev", "test"), start=1):
        rows = [f'{a}\tthe "{sentences[i - shift]}"\t{i % 5}.5' for i, a in enumerate(sentences)]
        (tmp_path / f"{split}.tsv").write_text("sentence1\tsentence2\tscore\n" + "\n".join(rows) + "\n")
    return tmp_path


def embed(data: Path, out: Path, *words: str) -> int:
    return main(["embed", "--data", str(data), "--out", str(out), *words])


FIT = ("--text", "sentence1", "sentence2", "--dim", "4")


def test_a_folder_becomes_a_table_to_train_on(pairs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = pairs / "new" / "out"
    assert embed(pairs, out, *FIT) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].startswith("sentence1 and sentence2: ")
    assert shown[0].endswith(" different pieces (letters) on 4 directions, fitted on 16 rows of train")
    assert shown[1:] == ["48 rows; other columns: score, split", str(out / "table.csv")]
    assert sorted(path.name for path in out.iterdir()) == ["embedding.safetensors", "table.csv"]
    data = load(Source(str(out / "table.csv"), target="score"))
    assert data.facts.split_sizes == {"train": 16, "val": 16, "test": 16}
    assert data.facts.shape == (17,)
    assert data.splits["test"].targets[:6].tolist() == [0.5, 1.5, 2.5, 3.5, 4.5, 0.5]


def test_new_rows_get_the_features_of_the_first_table(pairs: Path, tmp_path: Path) -> None:
    assert embed(pairs, tmp_path / "first", *FIT) == 0
    texts = (pairs / "test.tsv").read_text().splitlines()
    (tmp_path / "new.tsv").write_text("\n".join(line.rpartition("\t")[0] for line in texts))
    assert embed(tmp_path / "new.tsv", tmp_path / "second", "--like", str(tmp_path / "first")) == 0
    assert [path.name for path in (tmp_path / "second").iterdir()] == ["table.csv"]
    first, second = (pd.read_csv(tmp_path / name / "table.csv") for name in ("first", "second"))
    wanted = first[first["split"] == "test"].drop(columns=["score", "split"])
    assert np.array_equal(second.to_numpy(), wanted.to_numpy())
    facts = load(Source(str(tmp_path / "first" / "table.csv"), target="score")).facts
    split, _ = unlabeled([str(tmp_path / "second" / "table.csv")], facts)
    assert len(split) == 16


def test_only_train_is_fitted_on(pairs: Path, tmp_path: Path) -> None:
    assert embed(pairs, tmp_path / "first", *FIT) == 0
    changed = (pairs / "test.tsv").read_text().replace("dogs", "elephants")
    (pairs / "test.tsv").write_text(changed)
    assert embed(pairs, tmp_path / "second", *FIT) == 0
    kept, again = ((tmp_path / name / "embedding.safetensors").read_bytes() for name in ("first", "second"))
    assert kept == again


def test_a_table_without_splits_is_fitted_on_all_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "".join(f'"{thing}, it {does}",{i},x{i}\n' for i, thing in enumerate(THINGS) for does in DOES)
    (tmp_path / "own.csv").write_text("text,stars,who\n" + rows)
    assert embed(tmp_path / "own.csv", tmp_path / "out", "--text", "text", "--dim", "5") == 0
    shown = capsys.readouterr().out
    assert "fitted on all 16 rows, for want of a column split\n" in shown
    assert "left out, as they hold no numbers: who\n" in shown
    found = pd.read_csv(tmp_path / "out" / "table.csv")
    assert list(found) == [*(f"text_{i}" for i in range(1, 6)), "stars"]


def test_the_same_command_twice_is_one(pairs: Path, tmp_path: Path) -> None:
    assert embed(pairs, tmp_path / "out", *FIT) == 0
    before = [path.read_bytes() for path in sorted((tmp_path / "out").iterdir())]
    assert embed(pairs, tmp_path / "out", *FIT) == 0
    assert [path.read_bytes() for path in sorted((tmp_path / "out").iterdir())] == before


REFUSED = {
    "no text": ("--data {0} --out {0}/out", "one text column or two"),
    "three texts": ("--data {0} --out {0}/out --text a b c", "but got 'a', 'b', 'c'"),
    "missing column": ("--data {0} --out {0}/out --text sentence3", "text column 'sentence3'"),
    "empty text": ("--data {0}/empty.csv --out {0}/out --text text", "but line 3 has none"),
    "no train rows": ("--data {0}/untrained.csv --out {0}/out --text text", "rows of the split train"),
    "no data": ("--data {0}/nowhere.csv --out {0}/out --text text", "No such file"),
    "dim": ("--data {0} --out {0}/out --text sentence1 --dim 17", "at least 17 texts"),
    "no dim": ("--data {0} --out {0}/out --text sentence1 --dim 0", "a dim of at least 1"),
    "name of a feature": ("--data {0}/named.csv --out {0}/out --text text --dim 1", "'text_1'; rename it"),
    "out is a file": ("--data {0} --out {0}/test.tsv --text sentence1 --dim 2", "cannot write"),
    "another embedding": (
        "--data {0} --out {0}/first --text sentence1 --dim 2",
        "holds another embedding; choose another --out",
    ),
    "like another table": ("--data {0}/named.csv --out {0}/out --like {0}/first", "column 'sentence1'"),
    "like nothing": ("--data {0} --out {0}/out --like {0}/nowhere", "cannot read the embedding"),
    "like a broken file": ("--data {0} --out {0}/out --like {0}/broken", "cannot read the embedding"),
    "like and dim": ("--data {0} --out {0}/out --like {0}/first --dim 3", "--like settles"),
    "like and text": ("--data {0} --out {0}/out --like {0}/first --text sentence1", "--like settles"),
    "like itself": ("--data {0} --out {0}/first --like {0}/first", "holds the table that --like names"),
}


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() if path.is_file() else b"" for path in folder.rglob("*")}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_work_is_one_line_and_leaves_nothing(
    case: str, pairs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert embed(pairs, pairs / "first", *FIT) == 0
    (pairs / "broken").mkdir()
    (pairs / "broken" / "embedding.safetensors").write_bytes(
        (pairs / "first" / "embedding.safetensors").read_bytes()[:500]
    )
    (pairs / "empty.csv").write_text("text,score\na b,1\n,2\n")
    (pairs / "untrained.csv").write_text("text,split\na b,val\na b,test\n")
    (pairs / "named.csv").write_text("text,text_1\na car,1\na car,2\n")
    capsys.readouterr()
    command, reason = REFUSED[case]
    before = everything(pairs)
    assert main(["embed", *command.format(pairs).split()]) == 2
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n")) == ("", 1)
    assert reason in shown.err
    assert everything(pairs) == before


@pytest.mark.parametrize(
    ("argv", "reason"),
    [
        (["--data", "x", "--text", "a"], "--out"),
        (["--out", "x", "--text", "a"], "--data"),
        (["--data", "x", "--out", "y", "--pieces", "syllables"], "--pieces expected letters, words"),
    ],
)
def test_options_are_checked(argv: list[str], reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["embed", *argv])
    assert end.value.code == 2
    shown = capsys.readouterr().err
    assert (reason.strip("-") in shown, shown.count("\n")) == (True, 1)
