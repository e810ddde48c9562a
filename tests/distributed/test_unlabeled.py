"""Methods for unlabeled images: a training on two processes is the training on one."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from torch import Tensor

from counterpoise.training.checkpoint import load_tensors

DATA = ("--data", "digits", "--imbalance", "exponential", "--ratio", "20", "--unlabeled", "rest")
COMMON = (
    *(*DATA, "--unlabeled_amount", "0.5", "--epochs", "3", "--batch_size", "64"),
    *(
        "--optimizer",
        "adam",
        "--lr",
        "0.01",
        "--backbone",
        "small_cnn",
        "--device",
        "cpu",
        "--precision",
        "32",
    ),
)
"""A backbone without batch norms, whose statistics would be those of each process."""
WORDS = {
    "fixmatch": ("--fixmatch.threshold", "0.5", "--fixmatch.ratio", "2"),
    "mean_teacher": ("--mean_teacher.weight", "8", "--mean_teacher.decay", "0.9"),
    "self_training": ("--self_training.omega", "0.5", "--self_training.batch_size", "32"),
}


def weights(run: Path) -> dict[str, dict[str, Tensor]]:
    """All that the ends of the stages and the predictor hold, by file."""
    return {path.name: load_tensors(path)[0] for path in sorted(run.glob("checkpoints/*.safetensors"))}


@pytest.mark.parametrize("word", WORDS)
def test_two_processes_equal_one(word: str, warm: Any, tmp_path: Path) -> None:
    """Losses to 1e-6, weights, teachers and thresholds to 1e-5, and the same answers."""
    command = ("train", "cross_entropy", "--with", word, *WORDS[word], *COMMON)
    alone = warm(*command, "--out", "one", cwd=tmp_path)
    assert alone.code == 0, alone.err
    together = warm.ask((*command, "--out", "two", "--devices", "2"), tmp_path, processes=2)
    assert [process.code for process in together] == [0, 0], together
    one, two = tmp_path / "one", tmp_path / "two"
    metrics, wanted = (pd.read_csv(run / "metrics.csv") for run in (two, one))
    pd.testing.assert_frame_equal(metrics, wanted, check_exact=False, rtol=1e-6)
    torch.testing.assert_close(weights(two), weights(one), rtol=1e-5, atol=1e-5)
    choices, expected = (json.loads((run / "choices.json").read_text()) for run in (two, one))
    assert choices["prior"] == expected["prior"]
    found, expected = (json.loads((run / "evaluation.json").read_text()) for run in (two, one))
    assert found["overall"] == expected["overall"]
    assert found["per_class"] == expected["per_class"]
