"""A linear layer of one output."""

import torch
from torch.testing import assert_close

from counterpoise.classifiers import LinearRegressor


def test_it_is_a_linear_layer_in_units_of_the_target() -> None:
    plain, moved = LinearRegressor(6), LinearRegressor(6, mean=40.0, scale=20.0)
    moved.linear.load_state_dict(plain.linear.state_dict())
    features = torch.randn(5, 6)
    assert plain(features).shape == (5,)
    assert_close(plain(features), plain.linear(features)[:, 0])
    assert_close(moved(features), 40 + 20 * plain(features))


def test_mean_and_scale_are_kept_with_the_weights() -> None:
    other = LinearRegressor(6)
    other.load_state_dict(LinearRegressor(6, mean=40.0, scale=20.0).state_dict())
    assert (other.mean.item(), other.scale.item()) == (40, 20)


def test_fresh_weights_are_drawn() -> None:
    layer = LinearRegressor(6)
    before = layer.linear.weight.clone()
    layer.reset_parameters()
    assert not torch.equal(layer.linear.weight, before)
