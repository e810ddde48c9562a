"""The command line on images with any number of labels."""

import csv
import json
import random
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from PIL import Image, ImageDraw

SHARES = {"red": 0.6, "green": 0.4, "blue": 0.2, "dot": 0.15}
BOXES = {"red": [0, 0, 15, 4], "green": [0, 5, 15, 8], "blue": [0, 9, 15, 12], "dot": [6, 13, 9, 15]}
COLOURS = {"red": (220, 20, 20), "green": (20, 220, 20), "blue": (20, 20, 220), "dot": (250, 250, 250)}
SPLITS = ("train", "train", "train", "val", "test")
TRAIN = ("--epochs", 15, "--batch_size", 16, "--augmentation", "none", "--device", "cpu")


@pytest.fixture(scope="module")
def flags(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of pictures with stripes, and the same labels in two tables, flags.csv and labels.csv."""
    folder, chance = tmp_path_factory.mktemp("flags"), random.Random(0)
    rows = []
    for number in range(120):
        labels = [name for name, share in SHARES.items() if chance.random() < share]
        painted(labels, chance).save(folder / f"{number}.png")
        rows.append((f"{number}.png", labels, SPLITS[number % len(SPLITS)]))
    assert any(not labels for _, labels, _ in rows)
    listed = [("path", "labels", "split")] + [(path, "|".join(labels), split) for path, labels, split in rows]
    flagged = [("path", "split", *SHARES)]
    flagged += [(path, split, *(int(name in labels) for name in SHARES)) for path, labels, split in rows]
    for name, lines in {"labels.csv": listed, "flags.csv": flagged}.items():
        with (folder / name).open("w", newline="") as file:
            csv.writer(file).writerows(lines)
    return folder


def painted(labels: list[str], chance: random.Random) -> Image.Image:
    picture = Image.new("RGB", (16, 16), tuple(chance.randrange(60) for _ in range(3)))
    pen = ImageDraw.Draw(picture)
    for label in labels:
        pen.rectangle(BOXES[label], fill=COLOURS[label])
    return picture


@pytest.fixture(scope="module")
def trained(flags: Path, warm: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    cwd = tmp_path_factory.mktemp("labels")
    options = ("--data", flags / "labels.csv", *TRAIN, "--out", "run")
    finished = warm("train", "sigmoid_class_balanced", *options, cwd=cwd)
    assert finished.code == 0, finished.err
    return cwd / "run", finished.out


def written(run: Path) -> dict[str, Any]:
    return json.loads((run / "evaluation.json").read_text())


def test_train_learns_the_stripes(trained: tuple[Path, str]) -> None:
    run, out = trained
    found = written(run)
    assert found["overall"] > 0.8, "a guess has the mean share, about 0.34"
    assert found["class_names"] == sorted(SHARES)
    assert "Mean average precision in percent." in " ".join(out.split())
    assert (run / "report.html").exists()


def test_predictions_are_a_column_per_class(trained: tuple[Path, str]) -> None:
    table = pd.read_parquet(trained[0] / "predictions.parquet")
    names = [f"probability {name}" for name in sorted(SHARES)]
    assert table.columns.tolist() == ["path", "labels", "target", *names]
    for row, labels in zip(table[names].to_numpy(), table.labels, strict=True):
        chosen = [name for name, p in zip(sorted(SHARES), row, strict=True) if p >= 0.5]
        assert labels == "|".join(chosen)


def test_evaluate_repeats_the_numbers(trained: tuple[Path, str], flags: Path, warm: Any) -> None:
    run, _ = trained
    own = warm("evaluate", run, "--json", "--device", "cpu", cwd=run.parent)
    found = json.loads(own.out)
    assert found == {**written(run), "per_class": found["per_class"]}
    assert list(found["per_class"].values()) == written(run)["per_class"]
    options = ("--data", flags / "flags.csv", "--split", "test", "--device", "cpu")
    other = json.loads(warm("evaluate", run, "--json", *options, cwd=run.parent).out)
    assert other == {**found, "measured": str(flags / "flags.csv")}
    shown = warm("evaluate", run, "--device", "cpu", cwd=run.parent).out
    assert "Average precision" in shown
    assert "F1 of probabilities from 0.5" in shown


def test_predict_repeats_the_table(trained: tuple[Path, str], flags: Path, warm: Any) -> None:
    run, _ = trained
    known = pd.read_parquet(run / "predictions.parquet")
    files = [flags / path for path in known.path[:4]]
    finished = warm("predict", run, *files, "--out", "found.csv", "--device", "cpu", cwd=run.parent)
    assert finished.code == 0, finished.err
    found = pd.read_csv(run.parent / "found.csv", keep_default_na=False)
    assert found.labels.tolist() == known.labels[:4].tolist()
    for name in SHARES:
        assert found[f"probability {name}"].tolist() == pytest.approx(
            known[f"probability {name}"][:4].tolist(), rel=1e-4
        )
    shown = warm("predict", run, *files, "--device", "cpu", cwd=run.parent).out
    assert [line.split() for line in shown.splitlines()[1:]] == [
        [str(file), labels or "–"] for file, labels in zip(files, known.labels, strict=False)
    ]


def test_inspect_counts_the_images_of_each_class(flags: Path, warm: Any, tmp_path: Path) -> None:
    found = json.loads(warm("inspect", flags / "flags.csv", "--json", cwd=tmp_path).out)
    table = pd.read_csv(flags / "flags.csv")
    train = table.query("split == 'train'")
    assert found["counts"]["train"] == train[found["class_names"]].to_numpy().sum(axis=0).tolist()
    finished = warm("inspect", flags / "labels.csv", "--out", "page", cwd=tmp_path)
    assert finished.out.endswith("page: page/labels.html\n")


def test_report_is_written_again(trained: tuple[Path, str], warm: Any) -> None:
    run, _ = trained
    before = (run / "report.html").read_bytes()
    (run / "report.html").unlink()
    assert warm("report", run, cwd=run.parent).code == 0
    assert (run / "report.html").read_bytes() == before


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("train ldam --data labels.csv --out run", "recipes for it are binary_cross_entropy, sigmoid_class"),
        ("train sigmoid_focal --data digits --out run", "recipes for it are "),
        ("train sigmoid_focal --with tde --data labels.csv --out run", "modifiers for it are auto_augment"),
        ("train sigmoid_focal --data labels.csv --imbalance step --out run", "leave --imbalance out"),
        (
            "evaluate {run} --target_prior uniform --device cpu",
            "--target-prior needs one class for each image",
        ),
        ("evaluate {run} --data . --device cpu", "images with several labels come from a table"),
    ],
)
def test_what_has_no_meaning_is_refused(
    command: str, reason: str, trained: tuple[Path, str], flags: Path, warm: Any
) -> None:
    found = warm(*command.format(run=trained[0]).split(), cwd=flags)
    assert (found.code, found.err.count("\n")) == (2, 1)
    assert reason in found.err
    assert not (flags / "run").exists()


def test_compare_puts_the_baseline_of_this_task_beside_a_remedy(
    flags: Path, warm: Any, tmp_path: Path
) -> None:
    options = ("--data", flags / "labels.csv", *TRAIN, "--seeds", 2, "--out", "all", "--json")
    finished = warm("compare", "sigmoid_focal", *options, cwd=tmp_path)
    assert finished.code == 0, finished.err
    found = json.loads(finished.out)
    assert [row["name"] for row in found["rows"]] == ["binary_cross_entropy", "sigmoid_focal"]
    assert all(row["scores"]["overall"]["mean"] is not None for row in found["rows"])
    assert (tmp_path / "all" / "report.html").exists()
