"""A training on two processes is the training on one: gradients, losses, weights, head direction, evaluation."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor

from counterpoise.training.checkpoint import load_tensors
from counterpoise.training.conclusion import PREDICTOR
from counterpoise.training.journal import LAST

HERE = Path(__file__).parent
ONE_STEP = HERE / "one_step.py"
TWO_STAGES = HERE.parent / "end_to_end" / "two_stage_run.py"
END = "checkpoints/0-main.safetensors"
COMMAND = (
    *("train", "deconfound_tde", "--data", "digits", "--imbalance", "exponential", "--ratio", "20"),
    *(
        "--epochs",
        "3",
        "--batch_size",
        "64",
        "--device",
        "cpu",
        "--precision",
        "32",
        "--lr",
        "0.02",
        "--out",
        "run",
    ),
)


def tensors(folder: Path, name: str = END) -> dict[str, Tensor]:
    return load_tensors(folder / name)[0]


def assert_close(found: dict[str, Tensor], expected: dict[str, Tensor], *, tolerance: float) -> None:
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        close = torch.allclose(found[name], tensor, rtol=tolerance, atol=tolerance)
        assert close, f"{name} differs by {(found[name] - tensor).abs().max()}"


def assert_same_training(found: Path, expected: Path) -> None:
    """Loss to 1e-6, weights and head direction to 1e-5, and the very same answers."""
    metrics, wanted = (pd.read_csv(folder / "metrics.csv") for folder in (found, expected))
    pd.testing.assert_frame_equal(metrics, wanted, check_exact=False, rtol=1e-6)
    assert_close(tensors(found), tensors(expected), tolerance=1e-5)
    assert_close(tensors(found, PREDICTOR), tensors(expected, PREDICTOR), tolerance=1e-5)
    evaluation, wanted = (
        json.loads((folder / "evaluation.json").read_text()) for folder in (found, expected)
    )
    for key in ("overall", "balanced", "many", "medium", "few", "per_class", "samples", "choices", "alpha"):
        assert evaluation[key] == wanted[key], key
    predictions, wanted = (pd.read_parquet(folder / "predictions.parquet") for folder in (found, expected))
    pd.testing.assert_frame_equal(predictions, wanted, check_exact=False, rtol=1e-4)


@pytest.fixture(scope="module")
def alone(warm: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of one process."""
    folder = tmp_path_factory.mktemp("alone")
    finished = warm(*COMMAND, cwd=folder)
    assert finished.code == 0, finished.err
    return folder / "run"


def test_two_processes_of_torchrun_equal_one(alone: Path, warm: Any, tmp_path: Path) -> None:
    finished = warm.ask((*COMMAND, "--devices", "2"), tmp_path, processes=2)
    assert [process.code for process in finished] == [0, 0], finished
    assert finished[0].out.splitlines()[-1] == "run"
    assert finished[1].out.strip() == "", "only the first process speaks"
    assert_same_training(tmp_path / "run", alone)


def test_two_devices_of_one_command_equal_one(alone: Path, warm: Any, tmp_path: Path) -> None:
    """Here Lightning starts the second process."""
    program = str(Path(sys.executable).parent / "counterpoise")
    (finished,) = warm.ask((*COMMAND, "--devices", "2"), tmp_path, program=program)
    assert finished.code == 0, finished.err
    assert finished.out.splitlines()[-1] == "run"
    assert_same_training(tmp_path / "run", alone)


def test_two_streams_train_on_two_processes(warm: Any, tmp_path: Path) -> None:
    """The two branches of BBN, whose batches cannot be shared out evenly."""
    command = ("train", "bbn", *COMMAND[2:], "--batch_size", "63")
    assert warm(*command, "--out", "one", cwd=tmp_path).code == 0
    finished = warm.ask((*command, "--out", "two", "--devices", "2"), tmp_path, processes=2)
    assert [process.code for process in finished] == [0, 0], finished
    assert_same_training(tmp_path / "two", tmp_path / "one")


def test_a_memory_of_centroids_trains_on_two_processes(warm: Any, tmp_path: Path) -> None:
    """OLTR: class means before its second stage, and a centroid loss in it."""
    command = ("train", "oltr", *COMMAND[2:], "--batch_size", "63")
    assert warm(*command, "--out", "one", cwd=tmp_path).code == 0
    finished = warm.ask((*command, "--out", "two", "--devices", "2"), tmp_path, processes=2)
    assert [process.code for process in finished] == [0, 0], finished
    assert_same_training(tmp_path / "two", tmp_path / "one")
    second = "checkpoints/1-memory.safetensors"
    assert_close(tensors(tmp_path / "two", second), tensors(tmp_path / "one", second), tolerance=1e-5)


@pytest.fixture(scope="module")
def embeddings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three clouds in 8 dimensions, in files that are mapped."""
    folder, chance = tmp_path_factory.mktemp("embeddings"), np.random.default_rng(0)
    centers = chance.normal(0, 1, (3, 8))
    for split, size in (("train", 600), ("test", 90)):
        labels = np.arange(size) % 3
        features = (centers[labels] + chance.normal(0, 0.5, (size, 8))).astype(np.float16)
        np.save(folder / f"{split}_features.npy", features)
        np.save(folder / f"{split}_labels.npy", labels)
    return folder


@pytest.mark.parametrize("modifiers", [(), ("--with", "class_aware_sampling")])
def test_embeddings_train_on_two_processes(
    modifiers: tuple[str, ...], embeddings: Path, warm: Any, tmp_path: Path
) -> None:
    """In any order, and class by class."""
    command = (
        "train",
        "deconfound_tde",
        *modifiers,
        "--data",
        str(embeddings),
        *COMMAND[4:],
        "--batch_size",
        "63",
    )
    assert warm(*command, "--out", "one", cwd=tmp_path).code == 0
    finished = warm.ask((*command, "--out", "two", "--devices", "2"), tmp_path, processes=2)
    assert [process.code for process in finished] == [0, 0], finished
    assert_same_training(tmp_path / "two", tmp_path / "one")


def test_experts_train_on_two_processes(warm: Any, tmp_path: Path) -> None:
    """RIDE, whose loss weighs classes in the last epoch, and its routers."""
    command = (
        "train",
        "ride",
        "--with",
        "routing",
        "--routing.epochs",
        "2",
        *COMMAND[2:],
        "--batch_size",
        "63",
    )
    assert warm(*command, "--out", "one", cwd=tmp_path).code == 0
    finished = warm.ask((*command, "--out", "two", "--devices", "2"), tmp_path, processes=2)
    assert [process.code for process in finished] == [0, 0], finished
    assert_same_training(tmp_path / "two", tmp_path / "one")
    second = "checkpoints/1-routing.safetensors"
    assert_close(tensors(tmp_path / "two", second), tensors(tmp_path / "one", second), tolerance=1e-5)


def test_a_detector_trains_on_two_processes(warm: Any, tmp_path: Path) -> None:
    """Each process samples regions of its own, so that the runs are alike in distribution alone."""
    assert warm("data", "scenes", "--images", "20", "--size", "64", cwd=tmp_path).code == 0
    command = ("train", "detection_deconfound_tde", "--data", "scenes", "--batch_size", "5", "--epochs", "2")
    command = (*command, "--device", "cpu", "--precision", "32", "--detector", "cascade_mask_rcnn")
    assert warm(*command, "--out", "one", cwd=tmp_path).code == 0
    finished = warm.ask((*command, "--out", "two", "--devices", "2"), tmp_path, processes=2)
    assert [(process.code, process.err) for process in finished] == [(0, "")] * 2
    one, two = tensors(tmp_path / "one"), tensors(tmp_path / "two")
    for place in ("box0", "box1", "box2"):
        name = f"objective/steps.track.trackers.{place}.average"
        assert torch.cosine_similarity(one[name], two[name], dim=0) > 0.9
    found = pd.read_csv(tmp_path / "two" / "metrics.csv")
    assert found.loss.to_numpy() == pytest.approx(pd.read_csv(tmp_path / "one" / "metrics.csv").loss, rel=0.2)


def test_torchrun_without_devices_is_refused(warm: Any, tmp_path: Path) -> None:
    finished = warm.ask(COMMAND, tmp_path, processes=2)
    assert [process.code for process in finished] == [2, 2]
    assert "torchrun has started 2 processes, but --devices 1 --nodes 1 ask for 1" in finished[0].err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("images", [8, 7])
def test_the_gradient_of_a_step_is_that_of_the_whole_batch(images: int, warm: Any, tmp_path: Path) -> None:
    """Also where the batch cannot be shared out evenly."""
    assert warm.script(ONE_STEP, tmp_path / "one", images, cwd=tmp_path).code == 0
    finished = warm.ask((tmp_path / "two", images), tmp_path, script=str(ONE_STEP), processes=2)
    assert [process.code for process in finished] == [0, 0], finished
    one, two = tensors(tmp_path / "one"), tensors(tmp_path / "two")
    assert_close(two, one, tolerance=1e-5)
    losses = [pd.read_csv(tmp_path / name / "metrics.csv").loss[0] for name in ("one", "two")]
    assert losses[1] == pytest.approx(losses[0], rel=1e-6)


def test_a_frozen_backbone_trains_on_two_processes(warm: Any, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    assert warm.script(TWO_STAGES, one, "never", cwd=tmp_path).code == 0
    finished = warm.ask((two, "never"), tmp_path, script=str(TWO_STAGES), processes=2)
    assert [process.code for process in finished] == [0, 0], finished
    assert_same_training(two, one)
    assert_close(
        tensors(two, "checkpoints/1-finetune.safetensors"),
        tensors(one, "checkpoints/1-finetune.safetensors"),
        tolerance=1e-5,
    )


@pytest.mark.parametrize("step", [5, 14])
def test_two_killed_processes_go_on_to_the_same_bits(step: int, warm: Any, tmp_path: Path) -> None:
    """Killed in the first and in the second stage."""
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    warm.ask((whole, "never"), tmp_path, script=str(TWO_STAGES), processes=2)
    finished = warm.ask((killed, "step", step), tmp_path, script=str(TWO_STAGES), processes=2)
    assert [process.code for process in finished] == [-9, -9]
    assert (killed / LAST).exists()
    finished = warm.ask((killed, "never"), tmp_path, script=str(TWO_STAGES), processes=2)
    assert [process.code for process in finished] == [0, 0], finished
    for name in ("metrics.csv", "evaluation.json", "predictions.parquet", PREDICTOR):
        assert (killed / name).read_bytes() == (whole / name).read_bytes(), name
