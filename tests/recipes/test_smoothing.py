"""Modifiers for continuous targets: what they weigh, and where they stand."""

from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
import torch

from counterpoise.data.data import Data
from counterpoise.dense_weight import DenseWeight
from counterpoise.net import Net
from counterpoise.recipes import dense_weight, fds, hca, lds, ranksim, regression
from counterpoise.smoothing import lds_weights
from counterpoise.steps import Objective, Step, Supervise
from counterpoise.training import Experiment, Hardware, Now, Training, run
from counterpoise.training.checkpoint import load_tensors

CPU = Hardware("cpu", "32")
RESULTS = (
    "metrics.csv",
    "evaluation.json",
    "checkpoints/0-main.safetensors",
    "checkpoints/predictor.safetensors",
)
TRAINING = Training(epochs=3, batch_size=8, lr=0.05)


def objective_of(experiment: Experiment) -> Objective:
    (stage,) = experiment.stages
    return stage.objective(Now(experiment.data, experiment.net()))


def losses(experiment: Experiment, predictions: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return cast(Supervise, objective_of(experiment)["loss"]).loss.per_sample(predictions, targets)


TARGETS = torch.tensor([20.0, 21.0, 22.0, 23.0, 20.0])


def test_lds_weighs_by_the_smoothed_count_of_the_bin(tiny_values: Data) -> None:
    plain = regression(tiny_values, training=TRAINING)
    predictions = torch.full((5,), 21.5)
    ratio = losses(lds(plain), predictions, TARGETS) / losses(plain, predictions, TARGETS)
    expected = lds_weights(tiny_values.class_counts).float()[[0, 1, 2, 3, 0]]
    torch.testing.assert_close(ratio, expected)


def test_dense_weight_weighs_by_the_density_of_the_targets(tiny_values: Data) -> None:
    plain = regression(tiny_values, training=TRAINING)
    predictions = torch.full((5,), 21.5)
    ratio = losses(dense_weight(plain, alpha=0.5), predictions, TARGETS) / losses(plain, predictions, TARGETS)
    weights = DenseWeight(tiny_values.splits["train"].targets, alpha=0.5)(TARGETS)
    torch.testing.assert_close(ratio, weights.float())


def test_lds_weighs_classes_of_bins_too(tiny_values: Data) -> None:
    plain = hca(tiny_values, training=TRAINING)
    outputs = torch.randn(5, plain.net().classifier.outputs(torch.zeros(1, 64)).shape[1])
    ratio = losses(lds(plain), outputs, TARGETS) / losses(plain, outputs, TARGETS)
    torch.testing.assert_close(ratio, lds_weights(tiny_values.class_counts).float()[[0, 1, 2, 3, 0]])


@pytest.mark.parametrize("order", [(lds, fds, ranksim), (ranksim, fds, lds), (fds, ranksim, lds)])
def test_the_order_of_the_words_does_not_change_the_pipeline(order, tiny_values: Data) -> None:
    experiment = hca(tiny_values, training=TRAINING)
    for modifier in order:
        experiment = modifier(experiment) if modifier is not fds else fds(experiment, kernel_size=3)
    assert list(objective_of(experiment).steps) == ["join", "encode", "ranksim", "fds", "score", "loss"]


class HaltAtEnd(Step):
    """Raises when an epoch ends, after the steps before it have closed theirs and before it is saved."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.left = at

    def after_epoch(self, net: Net) -> None:
        self.left -= 1
        if self.left == 0:
            raise KeyError("halted")


def halted_at_end(experiment: Experiment, at: int) -> Experiment:
    return experiment.change(objective=lambda o, now, stage: o.after("loss", halt=HaltAtEnd(at)))


@pytest.mark.parametrize("moment", ["last step", "epoch end", "first step"])
def test_halted_around_the_end_of_an_epoch_statistics_go_on(
    moment: str, halting: Callable[..., Experiment], tiny_rows: Data, tmp_path: Path
) -> None:
    """Four steps an epoch; features are moved from the third on, and the fourth begins what is halted here."""
    training = Training(epochs=5, batch_size=4, lr=0.01)
    experiment = fds(lds(regression(tiny_rows, training=training)), kernel_size=3)
    found = run(experiment, tmp_path / "whole", hardware=CPU)
    assert found != run(lds(regression(tiny_rows, training=training)), tmp_path / "plain", hardware=CPU)
    stopped = {
        "last step": halting(experiment, 12),
        "epoch end": halted_at_end(experiment, 3),
        "first step": halting(experiment, 13),
    }[moment]
    with pytest.raises(KeyError, match="halted"):
        run(stopped, tmp_path / "halted", hardware=CPU, checkpoint_seconds=0)
    done = load_tensors(tmp_path / "halted" / "checkpoints" / "last.safetensors")[1]["epochs_done"]
    assert done == (3 if moment == "first step" else 2)
    run(experiment, tmp_path / "halted", hardware=CPU)
    for name in RESULTS:
        assert (tmp_path / "halted" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name
