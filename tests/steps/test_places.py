import math

import torch
from torch import nn

from counterpoise.backbones import Places
from counterpoise.classifiers import LinearRegressor
from counterpoise.data.streams import Batch
from counterpoise.losses import L1Loss
from counterpoise.net import Net
from counterpoise.steps import EncodePlaces, supervised


def test_known_places_are_rows_with_their_own_features_and_targets() -> None:
    net = Net(Places(nn.Identity(), 3), LinearRegressor(3))
    inputs, targets = (
        torch.rand(2, 3, 2, 2),
        torch.tensor([[[1.0, math.nan], [2, 3]], [[4, 5], [math.nan, 6]]]),
    )
    objective = supervised(L1Loss(), EncodePlaces())
    seen = objective(net, {"train": Batch(inputs, targets, torch.arange(2))})
    ((_, values),) = seen.mixture
    assert values.tolist() == [1, 2, 3, 4, 5, 6]
    wanted = [(0, 0, 0), (0, 1, 0), (0, 1, 1), (1, 0, 0), (1, 0, 1), (1, 1, 1)]
    for row, (image, line, column) in zip(seen.features, wanted, strict=True):
        assert torch.equal(row, inputs[image, :, line, column])
    errors = [(net(inputs).view(2, 2, 2)[p] - targets[p]).abs() for p in wanted]
    torch.testing.assert_close(seen.terms["loss"], torch.stack(errors).mean())


def test_a_batch_has_as_many_rows_as_known_places() -> None:
    targets = torch.tensor([[[1.0, math.nan]], [[2, 3]]])
    assert Batch(torch.rand(2, 3, 2, 2), targets, torch.arange(2)).rows == 3
    assert Batch(torch.rand(2, 3, 2, 2), None, torch.arange(2)).rows == 2
    assert Batch(torch.rand(2, 3, 2, 2), torch.rand(2), torch.arange(2)).rows == 2
