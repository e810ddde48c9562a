"""Methods for continuous targets: a training on two processes is the training on one."""

import csv
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from torch import Tensor

from counterpoise.training.checkpoint import load_tensors

WORDS = (
    "hca_d",
    "regression --with fds lds ranksim --ranksim.weight 1",
    "hca --with range_preserving_distillation lds fds",
    "balanced_mse_bmc --learn_noise true",
    "dc_regression --with dense_weight",
)
COMMON = (
    *("--data", "ages.csv", "--target", "age", "--epochs", 4, "--batch_size", 15, "--optimizer", "adam"),
    *("--lr", 0.01, "--device", "cpu", "--precision", "32", "--checkpoint_seconds", 0),
)
"""A batch of 15 is shared out as 8 and 7."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a table of ages, most of them young: ages.csv.

    Columns of noise keep features apart: a ranking jumps where two of them are equally similar but for a rounding.
    """
    folder, chance = tmp_path_factory.mktemp("ages"), random.Random(0)
    rows: list[tuple[Any, ...]] = [("height", *"abcdefgh", "split", "age")]
    for number in range(160):
        age = round(20 + 12 * chance.random() ** 2)
        split = ("train", "train", "train", "val", "test")[number % 5]
        rows.append((age + chance.gauss(0, 2), *(chance.gauss(0, 1) for _ in "abcdefgh"), split, age))
    with (folder / "ages.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return folder


def weights(run: Path) -> dict[str, dict[str, Tensor]]:
    """All that the ends of the stages and the predictor hold, by file."""
    return {path.name: load_tensors(path)[0] for path in sorted(run.glob("checkpoints/*.safetensors"))}


def assert_same(found: Path, expected: Path) -> None:
    """Losses to 1e-6, weights and statistics to 1e-5, and the same answers."""
    metrics, wanted = (pd.read_csv(run / "metrics.csv") for run in (found, expected))
    pd.testing.assert_frame_equal(metrics, wanted, check_exact=False, rtol=1e-6)
    torch.testing.assert_close(weights(found), weights(expected), rtol=1e-5, atol=1e-5)
    evaluation, wanted = (json.loads((run / "evaluation.json").read_text()) for run in (found, expected))
    assert evaluation.keys() == wanted.keys()
    for key in ("overall", "mae", "rmse", "many", "medium", "few"):
        assert evaluation[key] == pytest.approx(wanted[key], rel=1e-4), key
    predictions, wanted = (pd.read_parquet(run / "predictions.parquet") for run in (found, expected))
    pd.testing.assert_frame_equal(predictions, wanted, check_exact=False, rtol=1e-5)


@pytest.mark.parametrize("words", WORDS)
def test_two_processes_equal_one(words: str, place: Path, warm: Any, tmp_path: Path) -> None:
    command = ("train", *words.split(), *COMMON)
    assert warm(*command, "--out", tmp_path / "one", cwd=place).code == 0
    finished = warm.ask((*command, "--out", tmp_path / "two", "--devices", 2), place, processes=2)
    assert [process.code for process in finished] == [0, 0], finished
    assert_same(tmp_path / "two", tmp_path / "one")


@pytest.fixture(scope="module")
def depths(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with pictures and maps of their depth, of which much is unknown: depths.csv."""
    folder, numbers = tmp_path_factory.mktemp("depths"), np.random.default_rng(0)
    rows: list[tuple[Any, ...]] = [("path", "depth", "split")]
    for number in range(24):
        metres = np.kron(1 + 6 * numbers.random((4, 4)) ** 2, np.ones((8, 8)))
        Image.fromarray((255 / metres).astype(np.uint8)).convert("RGB").save(folder / f"{number}.png")
        metres[: 8 * (number % 4)] = np.nan
        np.save(folder / f"{number}.npy", metres)
        rows.append((f"{number}.png", f"{number}.npy", ("train", "train", "test")[number % 3]))
    with (folder / "depths.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return folder


@pytest.mark.parametrize("words", ["regression --with lds fds", "hca_d"])
def test_processes_with_unequal_numbers_of_known_places_equal_one(
    words: str, depths: Path, warm: Any, tmp_path: Path
) -> None:
    options = ("--data", "depths.csv", "--target", "depth", "--stride", 8, "--backbone", "test_convnext")
    command = ("train", *words.split(), *options, *COMMON[4:])
    assert warm(*command, "--out", tmp_path / "one", cwd=depths).code == 0
    finished = warm.ask((*command, "--out", tmp_path / "two", "--devices", 2), depths, processes=2)
    assert [process.code for process in finished] == [0, 0], finished
    assert_same(tmp_path / "two", tmp_path / "one")
