"""A second stage trains its own part, on top of what the first one left."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest
import torch
from torch import Tensor

from counterpoise.data.data import Data
from counterpoise.training import Experiment, Hardware, Training, run
from counterpoise.training.checkpoint import load_tensors
from counterpoise.training.conclusion import PREDICTOR

CPU = Hardware("cpu", "32")
TwoStages = Callable[[Data, Training], Experiment]


class Ran(NamedTuple):
    """The folder and the tensors at the end of each stage."""

    folder: Path
    main: dict[str, Tensor]
    second: dict[str, Tensor]


@pytest.fixture(scope="module")
def ran(
    two_stages: TwoStages, make_data: Callable[..., Data], tmp_path_factory: pytest.TempPathFactory
) -> Ran:
    """Both stages over a backbone with batch statistics."""
    folder = tmp_path_factory.mktemp("two")
    training = Training(epochs=2, batch_size=8, backbone="resnet32", lr=0.02)
    run(two_stages(make_data((9, 4, 2, 1)), training), folder, hardware=CPU)
    main, _ = load_tensors(folder / "checkpoints" / "0-main.safetensors")
    second, _ = load_tensors(folder / "checkpoints" / "1-finetune.safetensors")
    return Ran(folder, main, second)


def test_the_frozen_backbone_does_not_move_by_a_bit(ran: Ran) -> None:
    backbone = [name for name in ran.main if name.startswith("net/backbone.")]
    assert any("running_var" in name for name in backbone)
    assert any("num_batches_tracked" in name for name in backbone)
    assert all(torch.equal(ran.main[name], ran.second[name]) for name in backbone)


def test_the_first_stage_did_move_the_batch_statistics(ran: Ran) -> None:
    assert ran.main["net/backbone.bn1.num_batches_tracked"] == 4
    assert ran.main["net/backbone.bn1.running_mean"].abs().max() > 0


def test_the_classifier_is_another(ran: Ran) -> None:
    assert not torch.equal(ran.main["net/classifier.weight"], ran.second["net/classifier.weight"])


def test_metrics_tell_both_stages(ran: Ran) -> None:
    metrics = pd.read_csv(ran.folder / "metrics.csv")
    assert metrics.stage.tolist() == ["main"] * 2 + ["finetune"] * 2
    assert metrics.epoch.tolist() == [1, 2, 1, 2]


def test_the_predictor_has_the_direction_of_the_first_stage(ran: Ran) -> None:
    found, _ = load_tensors(ran.folder / PREDICTOR)
    average = ran.main["objective/steps.track.trackers.all.average"]
    expected = torch.nn.functional.normalize(average.view(2, -1), dim=1)
    torch.testing.assert_close(found["predictor/classifier.classifier.direction"], expected)
    weight = found["predictor/classifier.classifier.classifier.weight"]
    assert torch.equal(weight, ran.second["net/classifier.weight"])


def test_the_second_stage_repeats_without_the_first(
    ran: Ran, two_stages: TwoStages, make_data: Callable[..., Data], tmp_path: Path
) -> None:
    """Randomness of a stage depends on its number, not on what was drawn before it."""
    (tmp_path / "checkpoints").mkdir()
    first_end = "checkpoints/0-main.safetensors"
    (tmp_path / first_end).write_bytes((ran.folder / first_end).read_bytes())
    training = Training(epochs=2, batch_size=8, backbone="resnet32", lr=0.02)
    run(two_stages(make_data((9, 4, 2, 1)), training), tmp_path, hardware=CPU)
    second, _ = load_tensors(tmp_path / "checkpoints" / "1-finetune.safetensors")
    assert all(torch.equal(second[name], value) for name, value in ran.second.items())


def test_a_part_of_the_backbone_can_be_frozen(
    two_stages: TwoStages, make_data: Callable[..., Data], tmp_path: Path
) -> None:
    training = Training(epochs=1, batch_size=8, backbone="resnet32", lr=0.02)
    experiment = two_stages(make_data((9, 4, 2, 1)), training)
    main, second = experiment.stages
    second = replace(second, trains={"classifier": {}, "backbone.layer3": {"lr": 0.001}})
    run(replace(experiment, stages=(main, second)), tmp_path, hardware=CPU)
    before, _ = load_tensors(tmp_path / "checkpoints" / "0-main.safetensors")
    after, _ = load_tensors(tmp_path / "checkpoints" / "1-finetune.safetensors")
    moved = {name for name, value in after.items() if not torch.equal(value, before[name])}
    assert moved == {n for n in after if n.startswith(("net/backbone.layer3.", "net/classifier."))}
