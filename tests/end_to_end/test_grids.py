"""The command line on maps of targets: dots that are counted, and depths that are measured."""

import csv
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy.io import savemat

SPLITS = ("train", "train", "train", "test")
COMMON = ("--backbone", "test_resnet", "--epochs", 2, "--batch_size", 8, "--optimizer", "adam", "--lr", 0.003)


def dotted(chance: random.Random, path: Path) -> list[list[float]]:
    """A picture with dots; where they are. Few have many."""
    width, height = chance.choice(((64, 64), (60, 44)))
    points = [
        [chance.uniform(1, width - 1), chance.uniform(1, height - 1)]
        for _ in range(chance.choice((1, 2, 3, 12)))
    ]
    picture = Image.new("RGB", (width, height), "black")
    for x, y in points:
        picture.paste("white", (int(x) - 1, int(y) - 1, int(x) + 2, int(y) + 2))
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)
    return points


@pytest.fixture(scope="module")
def dots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """dots.csv with points.json beside it."""
    folder, chance, points = tmp_path_factory.mktemp("dots"), random.Random(0), {}
    with (folder / "dots.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("path", "split"))
        for number in range(32):
            name = f"{number}.png"
            points[name] = dotted(chance, folder / name)
            rows.writerow((name, SPLITS[number % len(SPLITS)]))
    (folder / "points.json").write_text(json.dumps(points))
    return folder / "dots.csv"


@pytest.fixture(scope="module")
def crowds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The layout of ShanghaiTech."""
    folder, chance = tmp_path_factory.mktemp("crowds"), random.Random(1)
    for part, count in (("train_data", 16), ("test_data", 4)):
        (folder / part / "ground_truth").mkdir(parents=True)
        for number in range(count):
            found = dotted(chance, folder / part / "images" / f"IMG_{number}.jpg")
            info = np.empty((1, 1), dtype=object)
            info[0, 0] = np.array(
                [[(np.array(found), len(found))]], dtype=[("location", "O"), ("number", "O")]
            )
            savemat(folder / part / "ground_truth" / f"GT_IMG_{number}.mat", {"image_info": info})
    return folder


@pytest.fixture(scope="module")
def depths(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures as bright as they are near, with maps of millimetres: depths.csv."""
    folder, numbers = tmp_path_factory.mktemp("depths"), np.random.default_rng(0)
    with (folder / "depths.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("path", "depth", "split"))
        for number in range(32):
            metres = np.kron(1 + 6 * numbers.random((4, 4)) ** 2, np.ones((8, 8)))
            Image.fromarray((255 / metres).astype(np.uint8)).convert("RGB").save(folder / f"{number}.png")
            Image.fromarray((1000 * metres).astype(np.uint16)).save(folder / f"{number}-depth.png")
            rows.writerow((f"{number}.png", f"{number}-depth.png", SPLITS[number % len(SPLITS)]))
    return folder / "depths.csv"


@pytest.fixture(scope="module")
def counter(dots: Path, warm: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run that counts."""
    folder = tmp_path_factory.mktemp("runs")
    points = ("--points", dots.parent / "points.json", "--stride", 16)
    found = warm("train", "hca_add", "--data", dots, *points, *COMMON, "--out", "run", cwd=folder)
    assert (found.code, found.err) == (0, ""), found
    return folder / "run"


def test_a_run_that_counts_tells_the_errors_of_images(counter: Path, warm: Any) -> None:
    evaluation = json.loads((counter / "evaluation.json").read_text())
    assert evaluation["samples"] == 8 and evaluation["grid"] == {"stride": 16, "counts": True, "places": 16}
    table = pd.read_parquet(counter / "predictions.parquet")
    assert evaluation["mae"] == pytest.approx((table.prediction - table.target).abs().mean(), rel=1e-6)
    found = warm("evaluate", "run", cwd=counter.parent)
    assert "Counts of whole images alike: MAE" in found.out
    assert (counter / "report.html").stat().st_size > 100_000


def test_evaluating_the_same_images_as_other_data_gives_the_same(
    counter: Path, dots: Path, warm: Any
) -> None:
    own = json.loads(warm("evaluate", "run", "--json", "true", cwd=counter.parent).out)
    points = ("--points", dots.parent / "points.json")
    other = warm("evaluate", "run", "--data", dots, *points, "--json", "true", cwd=counter.parent)
    assert json.loads(other.out) == {**own, "measured": str(dots)}


def test_other_data_without_points_are_refused(counter: Path, dots: Path, warm: Any) -> None:
    found = warm("evaluate", "run", "--data", dots, cwd=counter.parent)
    assert found.code == 2 and "--points" in found.err and len(found.err.splitlines()) == 1


def test_new_images_are_counted(counter: Path, dots: Path, warm: Any) -> None:
    pictures = (dots.parent / "3.png", dots.parent / "7.png")
    found = warm("predict", "run", *pictures, "--out", "p.csv", "--maps", "maps", cwd=counter.parent)
    assert (found.code, found.err) == (0, "")
    told = pd.read_csv(counter.parent / "p.csv").prediction
    maps = [np.load(path) for path in sorted((counter.parent / "maps").glob("*.npy"))]
    assert [one.shape for one in maps] == [(4, 4)] * 2
    assert [one.sum() for one in maps] == pytest.approx(told.tolist(), rel=1e-5, abs=1e-6)
    written = pd.read_parquet(counter / "predictions.parquet").set_index("path").prediction
    assert told.tolist() == pytest.approx(written[["3.png", "7.png"]].tolist(), rel=1e-4, abs=1e-4)


def test_the_folders_of_shanghai_tech_are_found(crowds: Path, warm: Any, tmp_path: Path) -> None:
    found = warm("train", "regression", "--data", crowds, *COMMON, "--out", "run", cwd=tmp_path)
    assert (found.code, found.err) == (0, ""), found
    facts = json.loads((tmp_path / "run" / "run.json").read_text())
    assert json.dumps(facts).count('"counts": true') == 1
    again = warm("evaluate", "run", "--data", crowds, cwd=tmp_path)
    assert again.code == 0 and "MAE" in again.out


def test_depths_of_a_table_are_measured(depths: Path, warm: Any, tmp_path: Path) -> None:
    options = ("--target", "depth", "--unit", 0.001, "--stride", 8, *COMMON)
    found = warm("train", "hca_d", "--data", depths, *options, "--out", "run", cwd=tmp_path)
    assert (found.code, found.err) == (0, ""), found
    evaluation = json.loads((tmp_path / "run" / "evaluation.json").read_text())
    assert evaluation["samples"] == 8 * 16 and 0.9 < evaluation["points"]["target"][0] < 7.1
    shown = warm("evaluate", "run", "--data", depths, "--unit", 0.001, cwd=tmp_path).out
    assert "As depths: AbsRel" in shown and "All places alike" in shown
    listed = warm("inspect", depths, "--target", "depth", "--unit", 0.001, "--stride", 8, cwd=tmp_path)
    assert listed.code == 0, listed


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--points", "none.json"), "cannot read the points"),
        (("--points", "points.json", "--target", "age"), "leave one of them out"),
        (("--points", "points.json", "--stride", 6), "multiple of 4 pixels"),
        (
            ("--points", "points.json", "--stride", 16, "--image_size", 40),
            "multiple of the stride of 16 pixels",
        ),
        (
            ("--points", "points.json", "--stride", 16, "--backbone", "small_cnn"),
            "need a convolutional model",
        ),
        (("--points", "points.json", "--stride", 12), "choose another --stride"),
        (("--points", "points.json", "--imbalance", "step"), "leave --imbalance out"),
    ],
)
def test_bad_options_are_one_line(options: tuple, told: str, dots: Path, warm: Any, tmp_path: Path) -> None:
    found = warm("train", "regression", "--data", dots, *options, "--out", tmp_path / "run", cwd=dots.parent)
    assert found.code == 2 and told in found.err and len(found.err.splitlines()) == 1, found
    assert not (tmp_path / "run").exists()
