"""Deferred re-weighting: nothing at first, the weights of the effective number later."""

from typing import cast

import pytest
import torch
import torch.nn.functional as F

from counterpoise.data.data import Data
from counterpoise.recipes import (
    ce_drs,
    ce_drw,
    cross_entropy,
    deferred_resampling,
    deferred_reweighting,
    ldam,
    ldam_drw,
)
from counterpoise.steps import Objective, Supervise
from counterpoise.training import Experiment, Now, Training

TRAINING = Training(epochs=10, batch_size=8)
LOGITS = torch.randn(6, 4, generator=torch.Generator().manual_seed(1))
TARGETS = torch.tensor([0, 1, 2, 3, 0, 2])


def objective_of(experiment: Experiment) -> Objective:
    (stage,) = experiment.stages
    return stage.objective(Now(experiment.data, experiment.net()))


def loss_at(experiment: Experiment, epoch: int) -> float:
    objective = objective_of(experiment)
    objective.set_epoch(epoch, TRAINING.epochs)
    return cast(Supervise, objective["loss"]).loss(LOGITS, TARGETS).item()


def test_the_weights_come_at_their_share_of_the_training(tiny: Data) -> None:
    experiment = deferred_reweighting(cross_entropy(tiny, training=TRAINING), beta=0.9, start=0.6)
    weights = torch.tensor([0.1 / (1 - 0.9**n) for n in tiny.facts.class_counts])
    plain, weighted = F.cross_entropy(LOGITS, TARGETS), F.cross_entropy(LOGITS, TARGETS, weight=weights)
    found = [loss_at(experiment, epoch) for epoch in (0, 5, 6, 9)]
    assert found == pytest.approx([plain.item(), plain.item(), weighted.item(), weighted.item()], rel=1e-5)


@pytest.mark.parametrize(
    ("named", "stacked"),
    [
        (
            lambda data: ce_drw(data, training=TRAINING),
            lambda data: deferred_reweighting(cross_entropy(data, training=TRAINING)),
        ),
        (
            lambda data: ldam_drw(data, training=TRAINING),
            lambda data: deferred_reweighting(ldam(data, training=TRAINING)),
        ),
    ],
)
def test_a_row_is_nothing_but_its_composition(named, stacked, tiny: Data) -> None:
    for epoch in (0, 9):
        assert loss_at(named(tiny), epoch) == loss_at(stacked(tiny), epoch)
    now = Now(tiny, cross_entropy(tiny).net())
    assert torch.equal(named(tiny).prior(now), stacked(tiny).prior(now))


def test_drs_is_nothing_but_its_composition(tiny: Data) -> None:
    named, stacked = (
        ce_drs(tiny, training=TRAINING),
        deferred_resampling(cross_entropy(tiny, training=TRAINING)),
    )
    orders = []
    for experiment in (named, stacked):
        (stage,) = experiment.stages
        sampler = stage.streams(Now(tiny, experiment.net()), Objective())["train"].sampler
        sampler.set_epoch(9, 10)  # pyright: ignore[reportAttributeAccessIssue]
        orders.append(sampler.order(torch.Generator().manual_seed(3)))
    assert torch.equal(*orders)
