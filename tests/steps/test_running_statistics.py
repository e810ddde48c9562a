"""A frozen backbone whose batch statistics go on."""

import torch
from torch import nn

from counterpoise.classifiers import LinearClassifier
from counterpoise.net import Net
from counterpoise.steps import Encode, EncodeInTraining, Seen
from counterpoise.training.modes import set_modes


def net() -> Net:
    return Net(nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)), LinearClassifier(4, 2))


def test_features_are_those_of_the_batch_and_the_statistics_follow_it() -> None:
    made, rows = net(), torch.randn(8, 3) + 5
    set_modes(made, {"classifier": {}})
    seen = EncodeInTraining()(made, Seen({}, inputs=rows))
    linear = made.backbone[0](rows)  # pyright: ignore[reportIndexIssue]
    expected = (linear - linear.mean(0)) / (linear.var(0, unbiased=False) + 1e-5).sqrt()
    torch.testing.assert_close(seen.features, expected)
    torch.testing.assert_close(made.backbone[1].running_mean, 0.1 * linear.mean(0))  # pyright: ignore


def test_no_gradient_reaches_the_frozen_backbone() -> None:
    made = net()
    set_modes(made, {"classifier": {}})
    assert not EncodeInTraining()(made, Seen({}, inputs=torch.randn(8, 3))).features.requires_grad


def test_without_it_a_frozen_backbone_does_not_move() -> None:
    made, rows = net(), torch.randn(8, 3) + 5
    set_modes(made, {"classifier": {}})
    Encode()(made, Seen({}, inputs=rows))
    assert (made.backbone[1].running_mean == 0).all()  # pyright: ignore
