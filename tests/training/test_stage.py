"""Experiments are descriptions: changed by copying, and nothing in them is alive."""

from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace

import pytest
import torch

from counterpoise.data.data import Data
from counterpoise.recipes import cross_entropy
from counterpoise.samplers import InOrder
from counterpoise.steps import Step
from counterpoise.training import Experiment, Now, Training
from counterpoise.training.stage import SGD

TwoStages = Callable[[Data, Training], Experiment]


def test_an_experiment_cannot_be_changed_in_place(tiny: Data) -> None:
    with pytest.raises(FrozenInstanceError):
        cross_entropy(tiny).claim = ()  # pyright: ignore[reportAttributeAccessIssue]


def test_two_nets_of_one_experiment_share_nothing(tiny: Data) -> None:
    experiment = cross_entropy(tiny)
    first, second = experiment.net(), experiment.net()
    assert not {id(p) for p in first.parameters()} & {id(p) for p in second.parameters()}


def test_a_change_reaches_the_stages_of_its_role_alone(tiny: Data, two_stages: TwoStages) -> None:
    experiment = two_stages(tiny, Training(epochs=2))
    changed = experiment.change(
        "finetune", objective=lambda objective, now, stage: objective.after("loss", x=Step())
    )
    now = Now(tiny, experiment.net())
    places = [list(stage.objective(now).steps) for stage in changed.stages]
    assert places == [["join", "encode", "score", "track", "loss"], ["join", "encode", "score", "loss", "x"]]


def test_a_change_of_streams_sees_the_streams_before(tiny: Data) -> None:
    experiment = cross_entropy(tiny, training=Training(batch_size=4))
    changed = experiment.change(
        streams=lambda streams, now, objective, stage: {
            "train": replace(streams["train"], sampler=InOrder(len(now.data.splits["train"])))
        }
    )
    now = Now(tiny, experiment.net())
    (stage,) = changed.stages
    stream = stage.streams(now, stage.objective(now))["train"]
    first = next(stream.batches(seed=(0, 0, 0, 0)))
    assert first.index.tolist() == [0, 1, 2, 3]
    assert stream.batch_size == 4


def test_a_detector_has_an_output_for_the_background(tiny: Data, tiny_scenes: Data) -> None:
    net = cross_entropy(tiny).net()
    assert Now(tiny, net).class_counts.tolist() == [8, 5, 2, 1]
    assert Now(tiny_scenes, net).class_counts.tolist() == [4, 8, 5, 2, 1]


def test_the_optimizer_is_that_of_its_fields() -> None:
    weight = torch.nn.Parameter(torch.ones(2))
    optimizer = SGD(0.3, momentum=0.8, weight_decay=0.01, nesterov=True)([{"params": [weight]}])
    (group,) = optimizer.param_groups
    assert (group["lr"], group["momentum"], group["weight_decay"], group["nesterov"]) == (
        0.3,
        0.8,
        0.01,
        True,
    )


def test_a_late_function_reads_real_features_where_there_is_an_encoder(tiny: Data) -> None:
    net = cross_entropy(tiny).net()
    now = Now(tiny, net, encode=lambda net, split, facts: torch.full((len(split), 1), 7.0))
    features, targets = now.features(net, "test")
    assert (features == 7).all()
    assert torch.equal(targets, tiny.splits["test"].targets)


def test_without_an_encoder_it_gets_one_made_up_feature_for_each_class(tiny: Data) -> None:
    net = cross_entropy(tiny).net()
    features, targets = Now(tiny, net).features(net)
    assert features.shape == (tiny.num_classes, net.classifier.dim)
    assert targets.tolist() == list(range(tiny.num_classes))
