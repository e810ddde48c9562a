"""The command line on continuous targets: ages of pictures, and rows of a table."""

import csv
import json
import random
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from PIL import Image

SPLITS = ("train", "train", "train", "val", "test")
COMMON = ("--batch_size", 16, "--device", "cpu")
IMAGES = ("--target", "age", "--epochs", 12, "--lr", 0.05, "--augmentation", "none", *COMMON)
ROWS = ("--target", "price", "--epochs", 15, "--lr", 0.05, *COMMON)


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of one grey each, the brighter the older, many of them young: faces.csv."""
    folder, chance = tmp_path_factory.mktemp("faces"), random.Random(0)
    rows: list[tuple[Any, ...]] = [("path", "age", "split")]
    for number in range(150):
        age = round(80 * chance.random() ** 2)
        Image.new("RGB", (16, 16), (20 + 2 * age + chance.randrange(9),) * 3).save(folder / f"{number}.png")
        rows.append((f"{number}.png", age, SPLITS[number % len(SPLITS)]))
    return written(folder / "faces.csv", rows)


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows with a number, a text and gaps, that tell the price: houses.csv."""
    folder, chance = tmp_path_factory.mktemp("houses"), random.Random(0)
    rows: list[tuple[Any, ...]] = [("area", "town", "split", "price")]
    for number in range(300):
        area, town = chance.uniform(20, 200), chance.choice(("north", "south"))
        price = 1000 * area * (2 if town == "north" else 1)
        rows.append(("" if number % 20 == 7 else area, town, SPLITS[number % len(SPLITS)], price))
    return written(folder / "houses.csv", rows)


def written(path: Path, rows: list[tuple[Any, ...]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


Run = tuple[Path, str, Path]


@pytest.fixture(scope="module", params=["images", "rows"])
def trained(
    request: pytest.FixtureRequest,
    faces: Path,
    houses: Path,
    warm: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Run:
    """A finished run: its folder, what was printed, and its table."""
    table, options = {"images": (faces, IMAGES), "rows": (houses, ROWS)}[request.param]
    cwd = tmp_path_factory.mktemp(request.param)
    finished = warm("train", "regression", "--data", table, *options, "--out", "run", cwd=cwd)
    assert finished.code == 0, finished.err
    return cwd / "run", finished.out, table


def evaluation_of(run: Path) -> dict[str, Any]:
    return json.loads((run / "evaluation.json").read_text())


def test_train_learns_the_target(trained: Run) -> None:
    run, out, table = trained
    found, frame = evaluation_of(run), pd.read_csv(table)
    test = frame.query("split == 'test'")[found["target"]]
    assert found["mae"] < 0.5 * (test - test.mean()).abs().mean(), "a guess of the mean is not beaten"
    assert found["pearson"] > 0.8
    assert f"Balanced mean absolute error in units of {found['target']}; lower is better." in " ".join(
        out.split()
    )
    assert (run / "report.html").exists()


def test_predictions_are_numbers(trained: Run) -> None:
    run, _, table = trained
    found, frame = pd.read_parquet(run / "predictions.parquet"), pd.read_csv(table)
    test = frame.query("split == 'test'")
    name = evaluation_of(run)["target"]
    assert found.target.tolist() == pytest.approx(test[name].tolist(), rel=1e-6)
    assert (found.prediction - found.target).abs().mean() == pytest.approx(
        evaluation_of(run)["mae"], rel=1e-5
    )
    named = test.path if "path" in frame else [f"{table.name}:{line}" for line in test.index + 2]
    assert found.iloc[:, 0].tolist() == list(named)


def test_evaluate_repeats_the_numbers(trained: Run, warm: Any) -> None:
    run, _, table = trained
    own = warm("evaluate", run, "--json", "--device", "cpu", cwd=run.parent)
    found = json.loads(own.out)
    assert found == {**evaluation_of(run), "per_class": found["per_class"]}
    assert list(found["per_class"].values()) == evaluation_of(run)["per_class"]
    options = ("--data", table, "--split", "test", "--device", "cpu")
    other = json.loads(warm("evaluate", run, "--json", *options, cwd=run.parent).out)
    assert other == {**found, "measured": str(table)}
    shown = warm("evaluate", run, "--device", "cpu", cwd=run.parent).out
    assert f"All samples alike: MAE {str(found['mae'])[:3]}" in shown
    assert "Absolute error" in shown


def test_predict_repeats_the_table(trained: Run, warm: Any) -> None:
    run, _, table = trained
    known = pd.read_parquet(run / "predictions.parquet")
    files = [table.parent / path for path in known.path] if "path" in known else [table]
    finished = warm("predict", run, *files, "--out", "found.csv", "--device", "cpu", cwd=run.parent)
    assert finished.code == 0, finished.err
    found = pd.read_csv(run.parent / "found.csv")
    if "row" in found:
        found = found[found.row.isin(known.row)]
    assert found.prediction.tolist() == pytest.approx(known.prediction.tolist(), rel=1e-4)
    shown = warm("predict", run, *files, "--device", "cpu", cwd=run.parent).out
    assert "prediction" in shown.splitlines()[0]


def test_report_is_written_again(trained: Run, warm: Any) -> None:
    run, _, _ = trained
    before = (run / "report.html").read_bytes()
    (run / "report.html").unlink()
    assert warm("report", run, cwd=run.parent).code == 0
    assert (run / "report.html").read_bytes() == before


def test_a_killed_run_goes_on_to_the_same_bits(trained: Run, warm: Any, tmp_path: Path) -> None:
    run, _, table = trained
    options = IMAGES if "age" in evaluation_of(run)["target"] else ROWS
    command = ("train", "regression", "--data", table, *options, "--optimizer", "adam", "--lr", 0.01)
    command = (*command, "--checkpoint_seconds", 0)
    assert warm(*command, "--out", "whole", cwd=tmp_path).code == 0
    last = "run/checkpoints/last.safetensors"
    (killed,) = warm.ask((*command, "--out", "run"), tmp_path, seconds=0, watch=tmp_path / last)
    assert killed.code == -9
    assert (tmp_path / last).exists()
    assert warm(*command, "--out", "run", cwd=tmp_path).code == 0
    for name in (
        "metrics.csv",
        "evaluation.json",
        "predictions.parquet",
        "checkpoints/predictor.safetensors",
    ):
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name


def test_inspect_counts_the_bins(faces: Path, warm: Any, tmp_path: Path) -> None:
    found = json.loads(warm("inspect", faces, "--target", "age", "--json", cwd=tmp_path).out)
    train = pd.read_csv(faces).query("split == 'train'").age
    assert found["counts"]["train"] == [int((train == int(name)).sum()) for name in found["class_names"]]
    shown = warm("inspect", faces, "--target", "age", "--out", "page", cwd=tmp_path)
    assert shown.out.endswith("page: page/faces.html\n")
    first = [line.split()[0] for line in shown.out.splitlines()[1:4]]
    assert first == found["class_names"][:3], "bins stand in the order of their values"


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("train regression --data houses.csv --target cost", "expected the column 'cost', named as target"),
        ("train regression --data houses.csv --target town", "line 2 has "),
        (
            "train regression --data digits",
            "regression is for regression, but digits is data for classification",
        ),
        ("train regression --data digits --target age", "--target names a column of a table"),
        ("train ldam --data houses.csv --target price", "recipes for it are "),
        ("train regression --data houses.csv --target price --imbalance step", "leave --imbalance out"),
        ("train regression --data houses.csv --target price --backbone resnet32", "need the backbone mlp"),
        ("train regression --data houses.csv --target price --bins integer", "has fractions"),
        ("train regression --data houses.csv --num_bins 5", "name its column with --target"),
    ],
)
def test_what_has_no_meaning_is_refused(command: str, reason: str, houses: Path, warm: Any) -> None:
    found = warm(*command.split(), "--out", "run", cwd=houses.parent)
    assert (found.code, found.err.count("\n")) == (2, 1)
    assert reason in found.err
    assert not (houses.parent / "run").exists()


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (
            "evaluate {run} --target_prior uniform --device cpu",
            "--target-prior needs one class for each image",
        ),
        ("evaluate {run} --split nowhere --device cpu", "has no split 'nowhere'"),
    ],
)
def test_what_has_no_meaning_after_training_is_refused(
    command: str, reason: str, trained: Run, warm: Any
) -> None:
    found = warm(*command.format(run=trained[0]).split(), cwd=trained[0].parent)
    assert (found.code, found.err.count("\n")) == (2, 1)
    assert reason in found.err


def test_compare_judges_errors(houses: Path, warm: Any, tmp_path: Path) -> None:
    options = ("--data", houses, *ROWS, "--seeds", 2, "--out", "all", "--json")
    finished = warm("compare", "regression", *options, cwd=tmp_path)
    assert finished.code == 0, finished.err
    found = json.loads(finished.out)
    assert found["metric"] == "balanced mean absolute error"
    (row,) = found["rows"]
    assert list(row["scores"]) == ["many", "medium", "few", "overall", "mae"]
    assert "--target price" in row["command"]
    assert (tmp_path / "all" / "report.html").exists()
