"""Features move to smoothed statistics from the third epoch on; what is tracked are the features as they were."""

import torch
from torch import nn

from counterpoise.classifiers import LinearRegressor
from counterpoise.net import Net
from counterpoise.steps import Seen, SmoothFeatures
from counterpoise.trackers import FeatureStatistics

EDGES = torch.tensor([0.0, 1.0, 2.0, 3.0, 4.0])


def epoch(step: SmoothFeatures, net: Net, features: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    seen = step(net, Seen({}, features=features, mixture=((1.0, targets),)))
    step.update(net, seen)
    step.after_epoch(net)
    return seen.features


def test_features_are_calibrated_once_there_are_statistics() -> None:
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(64, 3, generator=generator)
    targets = torch.rand(64, generator=generator) * 4
    net = Net(nn.Identity(), LinearRegressor(3))
    step = SmoothFeatures(FeatureStatistics(3, 4, kernel_size=3), EDGES)
    reference = FeatureStatistics(3, 4, kernel_size=3)
    for number in range(4):
        expected = reference.calibrate(features, targets.long())
        reference.observe(features, targets.long())
        reference.close_epoch()
        found = epoch(step, net, features, targets)
        torch.testing.assert_close(found, expected)
        assert torch.equal(found, features) == (number < 2)
    torch.testing.assert_close(step.statistics.running_mean, reference.running_mean)


def test_what_happens_within_an_epoch_is_not_saved() -> None:
    step = SmoothFeatures(FeatureStatistics(3, 4, kernel_size=3), EDGES)
    before = set(step.state_dict())
    step.statistics.observe(torch.randn(5, 3), torch.tensor([0, 1, 2, 3, 3]))
    assert set(step.state_dict()) == before
    assert not any(name.startswith("statistics.epoch_") for name, _ in step.named_buffers())
