"""Runs that are compared on other data than those that they were trained with, on pictures of shapes."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from counterpoise.training.conclusion import PREDICTOR

ROWS = ("cross_entropy", "tade")


@pytest.fixture(scope="module")
def other(shapes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of some test pictures, dark ones first, and of one that is not to be measured."""
    pictures = [
        (shapes / "test" / label / f"{number}.png", label)
        for label in ("circle", "ring")
        for number in range(4)
    ]
    rows = [
        (path, label, "test", "dark" if place < 3 else "light")
        for place, (path, label) in enumerate(pictures)
    ]
    rows.append((shapes / "train" / "cross" / "0.png", "cross", "train", "dark"))
    path = tmp_path_factory.mktemp("other") / "other.csv"
    pd.DataFrame(rows, columns=["path", "label", "split", "attribute"]).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def compared(
    shapes: Path, warm: Any, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, tuple[Any, ...]]:
    """Where a comparison was trained, and its command."""
    cwd = tmp_path_factory.mktemp("measured")
    options = ("--epochs", 2, "--batch_size", 16, "--image_size", 16, "--seeds", 1, "--device", "cpu")
    command = ("compare", "tade", "--data", shapes, *options, "--out", "out")
    finished = warm(*command, cwd=cwd)
    assert finished.code == 0, finished.err
    return cwd, command


def written(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text())


def test_the_same_runs_are_compared_on_other_data(
    compared: tuple[Path, tuple[Any, ...]], other: Path, warm: Any
) -> None:
    cwd, command = compared
    out, own = cwd / "out", written(cwd / "out" / "comparison.json")
    trained = {row: (out / f"{row}-seed0" / PREDICTOR).stat().st_mtime_ns for row in ROWS}
    finished = warm(*command, "--measure", other, cwd=cwd)
    assert finished.code == 0, finished.err
    assert finished.out.splitlines()[-1] == "report: out/measured-other/report.html"
    assert {row: (out / f"{row}-seed0" / PREDICTOR).stat().st_mtime_ns for row in ROWS} == trained
    assert written(out / "comparison.json") == own
    found = written(out / "measured-other" / "comparison.json")
    assert (own["measure"], found["measure"]) == (None, str(other))
    assert (own["samples"], found["samples"]) == (24, 8)
    for row in found["rows"]:
        below = out / f"{row['name']}-seed0" / "measured-other"
        evaluation = written(below / "evaluation.json")
        assert row["scores"]["overall"]["seeds"] == [evaluation["overall"]]
        assert (
            row["attributes"]["dark"]["accuracy"]["mean"]
            == evaluation["precision"]["attributes"]["dark"]["accuracy"]
        )
        again = warm(
            "evaluate", f"out/{row['name']}-seed0", "--data", other, "--json", "--device", "cpu", cwd=cwd
        )
        assert json.loads(again.out)["precision"] == evaluation["precision"]
        assert str(other) in (below / "report.html").read_text()


def test_other_data_and_another_class_mix_are_asked_for_together(
    compared: tuple[Path, tuple[Any, ...]], other: Path, warm: Any
) -> None:
    cwd, command = compared
    finished = warm(*command, "--measure", other, "--target_prior", "estimate", "--json", cwd=cwd)
    assert finished.code == 0, finished.err
    found = json.loads(finished.out)
    assert (found["samples"], found["target_prior"]) == (8, "estimate")
    place = "measured-other-target_prior-estimate"
    evaluation = written(cwd / "out" / "tade-seed0" / place / "evaluation.json")
    assert evaluation["choices"][-1].startswith("class prior estimated on 8 images")
    assert (cwd / "out" / place / "report.html").exists()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("train/ring/0.png,ring", "1 of 1 samples of {} are training samples of"),
        ("test/ring/0.png,star", "is of class 'star'"),
        ("test/ring/99.png,ring", "cannot find the image"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line_before_training(
    row: str, reason: str, compared: tuple[Path, tuple[Any, ...]], shapes: Path, warm: Any, tmp_path: Path
) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text(f"path,label\n{shapes}/{row}\n")
    refused = warm(*compared[1], "--measure", path, cwd=tmp_path)
    assert (refused.code, refused.out, refused.err.count("\n")) == (2, "", 1)
    assert reason.format(path) in refused.err
    assert list(tmp_path.iterdir()) == [path]


def test_an_aggregated_run_has_a_page_of_its_own(
    compared: tuple[Path, tuple[Any, ...]], other: Path, warm: Any
) -> None:
    cwd, _ = compared
    own = (cwd / "out" / "tade-seed0" / "report.html").read_text()
    finished = warm("evaluate", "out/tade-seed0", "--aggregate", "--data", other, "--device", "cpu", cwd=cwd)
    assert finished.code == 0, finished.err
    page = "out/tade-seed0/aggregated-other-test/report.html"
    assert finished.out.splitlines()[-1] == f"report: {page}"
    text = (cwd / page).read_text()
    assert "of the experts, fitted to test data without labels" in text
    assert str(other) in text
    assert (cwd / "out" / "tade-seed0" / "report.html").read_text() == own
    (cwd / page).unlink()
    again = warm("report", "out/tade-seed0/aggregated-other-test", cwd=cwd)
    assert (again.code, again.out.strip()) == (0, page)
