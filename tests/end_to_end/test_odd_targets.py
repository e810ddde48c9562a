"""Continuous targets at the edge of what can be learnt: a refusal in one line, or finite numbers."""

import csv
import json
import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

COMMON = ("--target", "age", "--epochs", 3, "--batch_size", 4, "--optimizer", "adam", "--lr", 0.01)
FIFTHS = ("train", "train", "train", "val", "test")
SMOOTHED = "regression --with fds lds ranksim"
Fields = Callable[[int], Any]

TABLES: dict[str, tuple[int, Fields, Fields]] = {
    "ages": (40, lambda i: FIFTHS[i % 5], lambda i: 20 + i % 11),
    "constant": (40, lambda i: FIFTHS[i % 5], lambda i: 3),
    "nan": (40, lambda i: FIFTHS[i % 5], lambda i: "nan" if i == 3 else i),
    "infinite": (40, lambda i: FIFTHS[i % 5], lambda i: "-inf" if i == 3 else i),
    "few": (10, lambda i: FIFTHS[i % 5], lambda i: 20 + i % 5),
    "never_seen": (
        40,
        lambda i: FIFTHS[i % 5],
        lambda i: 25 if FIFTHS[i % 5] == "test" else 20 + 10 * (i % 2),
    ),
    "no_val": (40, lambda i: "test" if i % 5 == 4 else "train", lambda i: 20 + i % 11),
    "train_alone": (40, lambda i: "train", lambda i: 20 + i % 11),
    "old": (20, lambda i: "test", lambda i: 100 + 45 * i),
}
"""Name -> rows, the split of a row, and its target."""

REFUSED = {
    "constant": (
        "train hca_d --data constant.csv",
        "expected a target that varies, but 'age' is 3 in all 24",
    ),
    "nan": ("train hca_d --data nan.csv", "a number in every row of the column 'age' of nan.csv, but line 5"),
    "infinite": (f"train {SMOOTHED} --data infinite.csv", "line 5 has '-inf'"),
    "one bin": ("train hca_d --data ages.csv --num_bins 1", "at least 2 bins, but got 1"),
    "two bins": (f"train {SMOOTHED} --data ages.csv --num_bins 2", "a window of 5 needs more than 2 buckets"),
    "few": ("train balanced_mse_gai --data few.csv", "8 components need as many targets, but 6 came"),
    "cutmix": ("train regression --with cutmix --data ages.csv", "but ages is data for regression"),
    "mixup": ("train hca_d --with mixup --data ages.csv", "but ages is data for regression"),
    "two branches": (
        "train bbn --data ages.csv",
        "bbn is for classification, but ages is data for regression",
    ),
    "attention": (
        "train oltr --data ages.csv",
        "oltr is for classification, but ages is data for regression",
    ),
    "branching net": (
        "train regression --data ages.csv --backbone resnet32_two_branch",
        "rows of a table need the backbone mlp, but resnet32_two_branch came",
    ),
    "augmentation": (
        "train regression --data ages.csv --augmentation crop_flip",
        "rows of a table have no augmentation, but crop_flip came",
    ),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tables."""
    folder, chance = tmp_path_factory.mktemp("tables"), random.Random(0)
    for name, (rows, split, age) in TABLES.items():
        with (folder / f"{name}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("height", "weight", "split", "age"))
            writer.writerows((chance.random(), chance.random(), split(i), age(i)) for i in range(rows))
    return folder


def evaluation_of(run: Path) -> dict[str, Any]:
    return json.loads((run / "evaluation.json").read_text())


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_learnt_is_refused_in_one_line(case: str, place: Path, warm: Any) -> None:
    command, reason = REFUSED[case]
    found = warm(*command.split(), *COMMON, "--out", "refused", cwd=place)
    assert (found.code, found.err.count("\n")) == (2, 1)
    assert reason in found.err
    assert not (place / "refused").exists()


@pytest.mark.parametrize("words", [SMOOTHED, "hca_d", "hca_mul --with dense_weight", "balanced_mse_bni"])
@pytest.mark.parametrize("table", ["few", "never_seen", "no_val", "train_alone"])
def test_little_data_gives_finite_numbers(
    table: str, words: str, place: Path, warm: Any, tmp_path: Path
) -> None:
    """Fewer samples than levels or bins, bins that training never sees, and splits that are not there."""
    command = ("train", *words.split(), "--data", place / f"{table}.csv", *COMMON, "--val_share", 0)
    finished = warm(*command, "--out", "run", cwd=tmp_path)
    assert (finished.code, finished.err) == (0, "")
    found = evaluation_of(tmp_path / "run")
    assert found["split"] == ("train" if table == "train_alone" else "test")
    assert all(math.isfinite(found[name]) for name in ("overall", "mae", "rmse"))
    assert all(map(math.isfinite, found["points"]["prediction"]))


@pytest.mark.parametrize("words", ["regression", "hca_d"])
def test_targets_beyond_the_training_range_count_in_the_last_bin(
    words: str, place: Path, warm: Any, tmp_path: Path
) -> None:
    """Classes answer with a training value, so their errors on larger targets are at least the distance."""
    command = ("train", words, "--data", place / "ages.csv", *COMMON, "--out", "run", "--device", "cpu")
    assert warm(*command, cwd=tmp_path).code == 0
    finished = warm("evaluate", "run", "--data", place / "old.csv", "--json", "--device", "cpu", cwd=tmp_path)
    assert (finished.code, finished.err) == (0, "")
    found = json.loads(finished.out)
    assert found["test_counts"] == [0] * 10 + [20]
    assert found["per_class"]["30"] == pytest.approx(found["mae"])
    assert math.isfinite(found["mae"])
    if words == "hca_d":
        assert set(found["points"]["prediction"]) <= set(range(20, 31))
        assert found["mae"] >= sum(100 + 45 * i - 30 for i in range(20)) / 20
