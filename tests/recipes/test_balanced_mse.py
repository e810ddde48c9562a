"""Losses for continuous targets do not depend on the unit of the target."""

from dataclasses import replace
from typing import cast

import pytest
import torch

from counterpoise.data.data import Data
from counterpoise.data.target import target_of
from counterpoise.recipes import (
    balanced_mse_bmc,
    balanced_mse_bni,
    balanced_mse_gai,
    dc_regression,
    focal_regression,
    regression,
)
from counterpoise.steps import Supervise
from counterpoise.training import Now, Training

TRAINING = Training(epochs=3, batch_size=8, lr=0.05)


def in_months(data: Data) -> Data:
    """The same data with targets twelve times as large."""
    splits = {name: replace(split, targets=12 * split.targets) for name, split in data.splits.items()}
    target = data.facts.target
    assert target is not None
    scaled = replace(
        target, edges=tuple(12 * edge for edge in target.edges), mean=12 * target.mean, std=12 * target.std
    )
    return Data(replace(data.facts, target=scaled), splits)


@pytest.mark.parametrize(
    "recipe",
    [
        regression,
        lambda data, training: balanced_mse_gai(data, training=training, components=2),
        balanced_mse_bmc,
        balanced_mse_bni,
        dc_regression,
    ],
)
def test_years_and_months_have_the_same_loss(recipe, tiny_values: Data) -> None:
    values = []
    for data, unit in ((tiny_values, 1), (in_months(tiny_values), 12)):
        experiment = recipe(data, training=TRAINING)
        (stage,) = experiment.stages
        loss = cast(Supervise, stage.objective(Now(data, experiment.net()))["loss"]).loss
        predictions = unit * torch.tensor([20.4, 22.0, 22.5])
        values.append(loss(predictions, unit * torch.tensor([20.0, 21.0, 23.0])))
    torch.testing.assert_close(*values, rtol=1e-3, atol=1e-4)


def test_the_scale_of_focal_errors_is_in_units_of_the_target(tiny_values: Data) -> None:
    experiment = focal_regression(tiny_values, training=TRAINING, beta=0.2)
    (stage,) = experiment.stages
    loss = cast(Supervise, stage.objective(Now(tiny_values, experiment.net()))["loss"]).loss
    target = target_of("age", tiny_values.splits["train"].targets)
    error = torch.tensor([3.0])
    expected = torch.tanh(0.2 * error / 2) * error / target.std
    torch.testing.assert_close(loss(torch.tensor([20.0]) + error, torch.tensor([20.0])), expected[0])
