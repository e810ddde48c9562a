from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
import torch
from torch.testing import assert_close

from counterpoise.backbones import TwoBranch, TwoBranchCifarResNet32
from counterpoise.classifiers import LinearClassifier
from counterpoise.data.data import Data
from counterpoise.errors import InputError
from counterpoise.recipes import bbn
from counterpoise.samplers import ReversedSampler, Shuffled
from counterpoise.steps import BilateralBranch, Objective, bilateral_share
from counterpoise.training import Now, Training
from counterpoise.training.stage import Experiment, Stage

TRAINING = Training(epochs=5, batch_size=8)


@pytest.fixture
def experiment(tiny: Data) -> Experiment:
    return bbn(tiny, training=TRAINING)


def parts(experiment: Experiment) -> tuple[Stage, Now, Objective]:
    (stage,) = experiment.stages
    now = Now(experiment.data, experiment.net())
    return stage, now, stage.objective(now)


def test_two_streams_of_one_size_are_read(experiment: Experiment) -> None:
    stage, now, objective = parts(experiment)
    streams = stage.streams(now, objective)
    train, rebalancing = streams["train"], streams["rebalancing"]
    assert list(streams) == ["train", "rebalancing"]
    assert isinstance(train.sampler, Shuffled)
    assert isinstance(rebalancing.sampler, ReversedSampler)
    assert len(train) == len(rebalancing) == 2
    assert replace(rebalancing, sampler=train.sampler).__dict__ == train.__dict__


def test_the_second_stream_turns_the_tail_around(experiment: Experiment) -> None:
    """Shares of the classes go with 1 / 8, 1 / 5, 1 / 2 and 1 / 1."""
    stage, now, objective = parts(experiment)
    sampler = stage.streams(now, objective)["rebalancing"].sampler
    drawn = torch.cat([sampler.order(torch.Generator().manual_seed(seed)) for seed in range(500)])
    shares = torch.bincount(now.data.splits["train"].targets[drawn]) / len(drawn)
    wanted = 1 / torch.tensor([8.0, 5.0, 2.0, 1.0])
    assert_close(shares, wanted / wanted.sum(), rtol=0, atol=0.02)


def test_one_step_stands_where_join_and_encode_are(experiment: Experiment) -> None:
    *_, objective = parts(experiment)
    assert list(objective.steps) == ["bilateral", "score", "loss"]
    assert isinstance(objective["bilateral"], BilateralBranch)


@pytest.mark.parametrize(("divisor", "length"), [(None, 5), (8, 8)])
def test_the_share_falls_over_the_training(divisor: int | None, length: int, tiny: Data) -> None:
    *_, objective = parts(bbn(tiny, training=TRAINING, divisor=divisor))
    branch, found = objective["bilateral"], []
    assert isinstance(branch, BilateralBranch)
    for epoch in range(5):
        objective.set_epoch(epoch, 5)
        found.append(branch.share)
    assert found == list(map(partial(bilateral_share, epochs=length), range(5)))


def test_a_divisor_below_the_length_is_refused_when_built(tiny: Data) -> None:
    with pytest.raises(InputError, match="epoch 4 needs a divisor of at least 4, but 3 came"):
        bbn(tiny, training=TRAINING, divisor=3)


@pytest.mark.parametrize(("size", "kind"), [(8, TwoBranch), (32, TwoBranchCifarResNet32)])
def test_every_size_has_a_net_of_two_branches(size: int, kind: type, make_data: Callable[..., Data]) -> None:
    net = bbn(make_data((3, 2, 1), size=size), training=TRAINING).net()
    assert type(net.backbone) is kind
    assert isinstance(net.classifier, LinearClassifier)
    assert net.classifier.bias is not None
    assert net.classifier.dim == net.backbone.num_features == 128


def test_a_net_of_timm_trains_as_well(make_data: Callable[..., Data]) -> None:
    data = make_data((3, 2, 1), size=32, channels=3)
    net = bbn(data, training=replace(TRAINING, backbone="test_resnet")).net()
    assert isinstance(net.backbone, TwoBranch)
    with pytest.raises(InputError, match="a second branch is made for"):
        bbn(data, training=replace(TRAINING, backbone="test_vit"))


def test_the_scores_count_as_those_of_the_uniform_prior(experiment: Experiment) -> None:
    assert experiment.prior(Now(experiment.data, experiment.net())).tolist() == [0.25] * 4
