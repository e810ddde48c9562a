"""Modifiers for continuous targets: what they weigh, and where they stand."""

from typing import cast

import pytest
import torch

from counterpoise.data.data import Data
from counterpoise.dense_weight import DenseWeight
from counterpoise.recipes import dense_weight, fds, hca, lds, ranksim, regression
from counterpoise.smoothing import lds_weights
from counterpoise.steps import Objective, Supervise
from counterpoise.training import Experiment, Now, Training

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
