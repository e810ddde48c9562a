"""Every word for continuous targets does for places of images what it does for samples."""

import math
from pathlib import Path

import pytest
import torch

from counterpoise.data.data import REGRESSION, Data
from counterpoise.errors import InputError
from counterpoise.recipes.compose import compose, recreate
from counterpoise.recipes.words import all_words
from counterpoise.training import Call, Hardware, Training, run
from counterpoise.training.checkpoint import load_tensors

TRAINING = Training(epochs=1, batch_size=8, lr=0.01, backbone="test_resnet")
RECIPES = [word.name for word in all_words().values() if word.role == "recipe" and REGRESSION in word.tasks]
MODIFIERS = ["lds", "dense_weight", "fds", "ranksim"]


def trained(data: Data, words: list[str], folder: Path) -> dict:
    experiment = compose(data, TRAINING, [Call(word, {}) for word in words])
    return run(experiment, folder, hardware=Hardware("cpu", "32"))


@pytest.mark.parametrize("word", RECIPES)
def test_blocks_are_counted(word: str, tiny_counts: Data, tmp_path: Path) -> None:
    evaluation = trained(tiny_counts, [word], tmp_path)
    assert all(math.isfinite(evaluation[name]) for name in ("overall", "mae", "rmse"))
    _, predictor = recreate(tmp_path)
    tensors, _ = load_tensors(tmp_path / "checkpoints" / "predictor.safetensors")
    assert all(torch.equal(tensors[f"predictor/{k}"], v) for k, v in predictor.state_dict().items())


@pytest.mark.parametrize("word", ["regression", "hca_d", "balanced_mse_gai"])
def test_depths_are_measured(word: str, tiny_depths: Data, tmp_path: Path) -> None:
    evaluation = trained(tiny_depths, [word], tmp_path)
    assert math.isfinite(evaluation["overall"]) and 0 <= evaluation["depth"]["delta1"] <= 1


@pytest.mark.parametrize("kind", ["counts", "depths"])
def test_all_smoothing_together(kind: str, tiny_counts: Data, tiny_depths: Data, tmp_path: Path) -> None:
    data = tiny_counts if kind == "counts" else tiny_depths
    assert math.isfinite(trained(data, ["hca_add", *MODIFIERS], tmp_path)["overall"])


def test_an_augmentation_that_maps_cannot_follow_is_refused(tiny_counts: Data) -> None:
    training = Training(epochs=1, batch_size=8, backbone="test_resnet", augmentation="resized_crop_jitter")
    with pytest.raises(InputError, match="maps of targets cannot follow resized_crop_jitter"):
        compose(tiny_counts, training, [Call("regression", {})])
