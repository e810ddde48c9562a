"""Tables with a continuous target."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from counterpoise.data import Facts
from counterpoise.data.data import REGRESSION
from counterpoise.data.inspection import inspect
from counterpoise.data.sources import Source, load
from counterpoise.data.sources.labeled import labeled
from counterpoise.data.sources.unlabeled import unlabeled
from counterpoise.errors import InputError

ROWS = "a,b,kind,split,y\n" + "".join(
    f"{i},{i % 3},{'xyz'[i % 3]},{('train', 'train', 'val', 'test')[i % 4]},{i / 4}\n" for i in range(40)
)


def written(folder: Path, text: str, name: str = "all.csv") -> str:
    (folder / name).write_text(text)
    return str(folder / name)


def test_rows_are_features_and_bins(tmp_path: Path) -> None:
    data = load(Source(written(tmp_path, ROWS), target="y", num_bins=5))
    facts = data.facts
    assert (facts.task, facts.kind, facts.shape) == (REGRESSION, "table", (5,))
    assert [column.name for column in facts.columns] == ["a", "b", "kind"]
    assert facts.split_sizes == {"train": 20, "val": 10, "test": 10}
    assert data.splits["test"].targets.tolist() == [i / 4 for i in range(3, 40, 4)]
    assert data.splits["test"].names[0] == "all.csv:5"
    assert (len(facts.class_names), sum(facts.class_counts)) == (5, 20)
    features = data.splits["train"].samples.read(torch.arange(20))
    assert features.mean(dim=0).abs().max() < 1e-6
    assert Facts.from_json(json.loads(json.dumps(facts.as_json()))) == facts


def test_images_have_numbers(make_folder, tmp_path: Path) -> None:
    images = make_folder({"i": 12})
    text = "path,age,who\n" + "".join(f"i/{i}.png,{20 + i % 4},ann\n" for i in range(12))
    data = load(Source(written(images, text), target="age"))
    assert (data.facts.kind, data.facts.shape, data.facts.columns) == ("image", (3, 12, 12), ())
    assert data.facts.class_names == ("20", "21", "22", "23")
    assert data.facts.split_sizes == {"train": 4, "val": 4, "test": 4}
    assert data.splits["train"].targets.dtype == torch.float32
    other = labeled(written(images, "path,age\ni/0.png,23.5\n", "other.csv"), data.facts)
    assert other.splits["test"].targets.tolist() == [23.5]


def test_statistics_are_those_of_what_remains_in_train(tmp_path: Path) -> None:
    text = "a,split,y\n" + "".join(f"{i},train,{i % 2}\n" for i in range(20))
    data = load(Source(written(tmp_path, text), target="y", val_share=0.3))
    assert data.facts.split_sizes == {"train": 14, "val": 6}
    assert data.splits["train"].samples.read(torch.arange(14)).mean().item() == pytest.approx(0, abs=1e-6)
    assert data.splits["val"].samples.read(torch.arange(6)).mean().abs() > 1e-3


def test_other_rows_are_prepared_as_in_training(tmp_path: Path) -> None:
    data = load(Source(written(tmp_path, ROWS), target="y"))
    other = labeled(str(tmp_path / "all.csv"), data.facts)
    split, skipped = unlabeled([str(tmp_path / "all.csv")], data.facts)
    everywhere = torch.arange(10)
    assert torch.equal(
        other.splits["test"].samples.read(everywhere), data.splits["test"].samples.read(everywhere)
    )
    assert torch.equal(
        split.samples.read(torch.tensor([3])), other.splits["test"].samples.read(everywhere[:1])
    )
    assert (len(split), split.names[3], skipped) == (40, "all.csv:5", ())


def test_inspection_counts_bins(tmp_path: Path) -> None:
    text = "a,split,y\n" + "".join(f"{i},train,{y}\n" for i, y in enumerate([1] * 6 + [4] * 2))
    found = inspect(load(Source(written(tmp_path, text + "9,test,3\n"), target="y")))
    assert (found.target, found.class_names) == ("y", ("1", "2", "3", "4"))
    assert found.counts == {"train": [6, 0, 0, 2], "test": [0, 0, 1, 0]}
    assert found.imbalance_ratio == 3
    assert found.warnings == (
        "2 of 4 bins of the target have no training sample.",
        "1 test samples lie in bins without a training sample; they count as few-shot.",
    )


def test_facts_of_an_older_run_are_read(tiny) -> None:
    values = tiny.facts.as_json()
    del values["target"], values["columns"]
    assert Facts.from_json(values) == tiny.facts


@pytest.mark.parametrize(
    ("text", "target", "reason"),
    [
        (ROWS, "z", "expected the column 'z', named as target"),
        (ROWS, "kind", "column 'kind' of .* but line 2 has 'x'; correct it, or remove the 40 such rows"),
        (ROWS, "split", "has another meaning"),
        ("a,y\n1,2\n2,nan\n", "y", "line 3 has 'nan'"),
        ("a,y\n1,2\n2,\n", "y", "line 3 has ''"),
        ("a,y\n1,2\n2,1e39\n", "y", "up to 3.4e38"),
        ("a,y\n1,2\n2,2\n", "y", "expected a target that varies"),
        ("a,split,y\n1,test,2\n2,test,3\n", "y", "rows of the split train"),
        ("y,split\n1,train\n2,train\n", "y", "expected a column of features"),
        ("path,y\nno.png,1\nno2.png,2\n", "y", "cannot find the image"),
    ],
)
def test_a_table_that_cannot_be_learned_is_refused(
    text: str, target: str, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=reason):
        load(Source(written(tmp_path, text), target=target))


def test_options_without_a_meaning_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--target names a column of a table, but digits is no"):
        load(Source("digits", target="age"))
    with pytest.raises(InputError, match="name its column with --target"):
        load(Source("digits", num_bins=4))
    with pytest.raises(InputError, match="digits has neither; name --points"):
        load(Source("digits", stride=4))
    with pytest.raises(InputError, match="at least 2 bins"):
        Source("digits", target="y", num_bins=1)
    with pytest.raises(InputError, match="but all has a number for each sample"):
        load(Source(written(tmp_path, ROWS), target="y", imbalance="step"))


def test_new_data_must_have_the_columns_of_training(tmp_path: Path) -> None:
    facts = load(Source(written(tmp_path, ROWS), target="y")).facts
    with pytest.raises(InputError, match="'b' is missing"):
        unlabeled([written(tmp_path, "a,kind\n1,x\n", "new.csv")], facts)
    with pytest.raises(InputError, match=r"is no \.csv or \.tsv file"):
        unlabeled([str(tmp_path)], facts)
    with pytest.raises(InputError, match=r"continuous targets come from a \.csv"):
        labeled(str(tmp_path), facts)
    images = replace(facts, kind="image", columns=(), shape=(3, 8, 8), mean=(0.0,) * 3, std=(1.0,) * 3)
    with pytest.raises(InputError, match="expected the column path"):
        labeled(str(tmp_path / "all.csv"), images)
