import math
from pathlib import Path

import pandas as pd
import pytest
import torch
from torch import Tensor, nn

from counterpoise.backbones import Places
from counterpoise.classifiers import LinearRegressor
from counterpoise.data.data import Data
from counterpoise.metrics.depth import depth_scores
from counterpoise.net import Net
from counterpoise.training.encode import encode
from counterpoise.training.maps import evaluate_counts, evaluate_maps, map_predictions
from counterpoise.training.regression import finite


class Brightness(nn.Module):
    """The mean of each place, as a map of one feature."""

    def __init__(self, stride: int) -> None:
        super().__init__()
        self.pool = nn.AvgPool2d(stride)

    def forward(self, x: Tensor) -> Tensor:
        return self.pool(x).mean(dim=1, keepdim=True)


def net_of(data: Data) -> Net:
    grid = data.facts.grid
    assert grid
    classifier = LinearRegressor(1)
    with torch.no_grad():
        for parameter in classifier.parameters():
            parameter.fill_(0.7)
    return Net(Places(Brightness(grid.stride), 1), classifier)


def looped_balanced(errors: Tensor, bins: Tensor) -> float:
    means = [errors[bins == one].mean().item() for one in bins.unique()]
    return sum(means) / len(means)


def test_images_are_counted_by_adding_their_blocks(tiny_counts: Data) -> None:
    net, split = net_of(tiny_counts), tiny_counts.splits["test"]
    features = encode(net, split, tiny_counts.facts)
    assert features.shape == (4 * 4, 1)
    evaluation, predictions = evaluate_counts(net, tiny_counts, "test", features)
    assert predictions.shape == (4, 4)
    truth = split.targets.view(4, 2, 4, 2, 4).sum(dim=(2, 4)).flatten(1)
    errors = predictions.sum(dim=1) - truth.sum(dim=1)
    assert evaluation["mae"] == pytest.approx(errors.abs().mean().item(), rel=1e-6)
    assert evaluation["rmse"] == pytest.approx(errors.square().mean().sqrt().item(), rel=1e-6)
    assert evaluation["points"]["target"] == truth.sum(dim=1).tolist()
    bins = tiny_counts.facts.classes(truth.flatten())
    wanted = looped_balanced((predictions - truth).abs().flatten(), bins)
    assert evaluation["overall"] == pytest.approx(wanted, rel=1e-6)
    assert evaluation["grid"] == {"stride": 16, "counts": True, "places": 4}
    assert sum(evaluation["test_counts"]) == 16


def test_unknown_places_are_not_measured(tiny_depths: Data) -> None:
    net, split = net_of(tiny_depths), tiny_depths.splits["test"]
    assert split.targets.isnan().any()
    evaluation, predictions = evaluate_maps(net, tiny_depths, "test", encode(net, split, tiny_depths.facts))
    truth = split.targets.flatten(1)
    known = ~truth.isnan()
    assert torch.equal(predictions.isnan(), ~known)
    errors = (predictions - truth)[known]
    assert evaluation["mae"] == pytest.approx(errors.abs().mean().item(), rel=1e-6)
    assert evaluation["samples"] == int(known.sum()) == sum(evaluation["test_counts"])
    assert evaluation["depth"] == finite(depth_scores(predictions, truth))


def test_a_row_for_each_image(tiny_counts: Data, tiny_depths: Data) -> None:
    counts = map_predictions(("a", "b"), tiny_counts.facts, torch.arange(8.0), None)
    assert counts.to_dict("list") == {"path": ["a", "b"], "prediction": [6.0, 22.0]}
    depths = torch.full((1, 4, 4), math.nan)
    depths[0, 0, 0], depths[0, 1, 1] = 2.0, 4.0
    table = map_predictions(("a",), tiny_depths.facts, torch.full((1, 16), 2.5), depths)
    assert table.to_dict("list") == {"path": ["a"], "prediction": [2.5], "target": [3.0], "mae": [1.0]}


def test_maps_are_of_what_was_fed(tiny_depths: Data, tmp_path: Path) -> None:
    net = net_of(tiny_depths)
    rows = encode(net, tiny_depths.splits["test"], tiny_depths.facts, batch_size=3)
    whole = encode(net, tiny_depths.splits["test"], tiny_depths.facts)
    pd.testing.assert_frame_equal(pd.DataFrame(rows.numpy()), pd.DataFrame(whole.numpy()))
    pixels = tiny_depths.splits["test"].samples.read(torch.tensor([2])).double()[0, 8:16, 24:32, 0].mean()
    wanted = (pixels / 255 - 0.5) / 0.25
    assert whole.view(4, 4, 4)[2, 1, 3].item() == pytest.approx(wanted.item(), rel=1e-5)
