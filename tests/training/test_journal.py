"""What a running stage writes, and when."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import torch

from counterpoise.data.data import Data
from counterpoise.net import Net
from counterpoise.recipes import deconfound_tde
from counterpoise.steps import Seen, Step
from counterpoise.training import Experiment, Hardware, Training, run
from counterpoise.training.checkpoint import load_tensors
from counterpoise.training.journal import LAST

CPU = Hardware("cpu", "32")
TRAINING = Training(epochs=3, batch_size=8, lr=0.02, schedule="cosine_by_epoch")


class Watch(Step):
    """Writes down the loss of each step and whether a checkpoint is there, and may stop the training."""

    def __init__(self, folder: Path, stop: int = -1) -> None:
        super().__init__()
        self.folder, self.stop = folder, stop
        self.losses: list[float] = []
        self.checkpoints: list[int | None] = []

    def forward(self, net: Net, seen: Seen) -> Seen:
        """Record."""
        if len(self.losses) == self.stop:
            raise StoppedError
        self.losses.append(seen.terms["loss"].item())
        path = self.folder / LAST
        self.checkpoints.append(load_tensors(path)[1]["epochs_done"] if path.exists() else None)
        return seen


class StoppedError(Exception):
    """Something went wrong on the way."""


def watched(data: Data, watch: Watch) -> Experiment:
    """De-confound-TDE under watch, built without a dry run of the watch."""
    return deconfound_tde(data, training=TRAINING, direction_momentum="coupled").change(
        objective=lambda objective, now, stage: objective.after("loss", watch=watch)
    )


@pytest.fixture
def data(make_data: Callable[..., Data]) -> Data:
    """16 training images: two steps per epoch."""
    return make_data((8, 5, 2, 1))


def test_metrics_hold_one_row_per_epoch_with_its_mean_loss(data: Data, tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    run(watched(data, watch), tmp_path, hardware=CPU)
    metrics = pd.read_csv(tmp_path / "metrics.csv")
    assert metrics.columns.tolist() == ["stage", "epoch", "lr", "loss"]
    assert metrics.stage.tolist() == ["main"] * 3
    assert metrics.epoch.tolist() == [1, 2, 3]
    assert metrics.lr.tolist() == pytest.approx([0.015, 0.005, 0])
    losses = torch.tensor(watch.losses).view(3, 2).mean(dim=1)
    assert metrics.loss.tolist() == pytest.approx(losses.tolist(), rel=1e-6)


def test_timings_are_kept_apart(data: Data, tmp_path: Path) -> None:
    run(watched(data, Watch(tmp_path)), tmp_path, hardware=CPU)
    timing = pd.read_csv(tmp_path / "timing.csv")
    assert timing.epoch.tolist() == [1, 2, 3]
    assert (timing.seconds >= 0).all()


def test_timings_of_all_stages_are_kept(data: Data, two_stages: Callable, tmp_path: Path) -> None:
    run(two_stages(data, TRAINING), tmp_path, hardware=CPU)
    timing = pd.read_csv(tmp_path / "timing.csv")
    assert timing.stage.tolist() == ["main"] * 3 + ["finetune"] * 3
    assert timing.epoch.tolist() == [1, 2, 3] * 2


def test_an_interval_of_zero_saves_every_epoch(data: Data, tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    run(watched(data, watch), tmp_path, hardware=CPU, checkpoint_seconds=0)
    assert watch.checkpoints == [None, None, 1, 1, 2, 2]


def test_a_long_interval_saves_none(data: Data, tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    run(watched(data, watch), tmp_path, hardware=CPU, checkpoint_seconds=1e6)
    assert watch.checkpoints == [None] * 6


def test_the_checkpoint_goes_when_its_stage_has_ended(data: Data, tmp_path: Path) -> None:
    run(watched(data, Watch(tmp_path)), tmp_path, hardware=CPU, checkpoint_seconds=0)
    names = sorted(path.name for path in (tmp_path / "checkpoints").iterdir())
    assert names == ["0-main.safetensors", "predictor.safetensors"]


@pytest.mark.parametrize("stop", range(1, 6))
def test_a_stopped_run_goes_on_from_its_checkpoint(stop: int, data: Data, tmp_path: Path) -> None:
    whole, halted = tmp_path / "whole", tmp_path / "halted"
    run(watched(data, Watch(whole)), whole, hardware=CPU)
    with pytest.raises(StoppedError):
        run(watched(data, Watch(halted, stop)), halted, hardware=CPU, checkpoint_seconds=0)
    again = Watch(halted)
    run(watched(data, again), halted, hardware=CPU)
    assert len(again.losses) == 6 - 2 * (stop // 2), "only the epochs after the checkpoint are trained"
    for name in ("metrics.csv", "evaluation.json", "predictions.parquet", "checkpoints/0-main.safetensors"):
        assert (whole / name).read_bytes() == (halted / name).read_bytes(), name
    assert pd.read_csv(halted / "timing.csv").epoch.tolist() == [1, 2, 3]
