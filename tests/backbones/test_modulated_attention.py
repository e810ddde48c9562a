import math

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.backbones import ModulatedAttention
from counterpoise.errors import InputError

CHANNELS, SIZE = 4, (3, 2)


def made(reduction: int = 2) -> ModulatedAttention:
    """A layer whose last convolution is not zero any more."""
    layer = ModulatedAttention(CHANNELS, SIZE, reduction=reduction).double()
    torch.nn.init.normal_(layer.conv_mask.weight)
    return layer


def feature_maps(rows: int = 2) -> Tensor:
    return torch.randn(rows, CHANNELS, *SIZE, dtype=torch.float64)


def softmax(values: list[float]) -> list[float]:
    powers = [math.exp(value) for value in values]
    return [power / sum(powers) for power in powers]


def looped(layer: ModulatedAttention, x: Tensor) -> Tensor:
    """One map, position by position; (C, H, W) -> (C, H, W)."""
    positions = [(row, column) for row in range(SIZE[0]) for column in range(SIZE[1])]
    at = [x[:, row, column] for row, column in positions]
    g, theta, phi = (
        [conv.weight[:, :, 0, 0] @ pixel + conv.bias for pixel in at]  # pyright: ignore[reportOptionalOperand]
        for conv in (layer.g, layer.theta, layer.phi)
    )
    flat = torch.stack([x[c, row, column] for c in range(CHANNELS) for row, column in positions])
    spatial = softmax((layer.fc_spatial.weight @ flat + layer.fc_spatial.bias).tolist())
    out = x.clone()
    for n, (row, column) in enumerate(positions):
        weights = softmax([float(theta[n] @ key) for key in phi])
        mixed = sum(weight * value for weight, value in zip(weights, g, strict=True))
        out[:, row, column] += spatial[n] * (layer.conv_mask.weight[:, :, 0, 0] @ mixed)
    return out


@pytest.mark.parametrize("reduction", [1, 2, 3, 4])
def test_it_is_that_of_loops(reduction: int) -> None:
    layer, maps = made(reduction), feature_maps()
    with torch.no_grad():
        wanted = torch.stack([looped(layer, x) for x in maps])
        assert_close(layer(maps), wanted, rtol=1e-12, atol=1e-13)


def test_it_starts_as_the_identity_and_its_last_layer_learns_first() -> None:
    layer, maps = ModulatedAttention(CHANNELS, SIZE).double(), feature_maps()
    assert torch.equal(layer(maps), maps)
    layer(maps).square().sum().backward()
    moved = {name for name, p in layer.named_parameters() if p.grad is not None and p.grad.count_nonzero()}
    assert moved == {"conv_mask.weight"}


def test_every_parameter_gets_a_gradient_later() -> None:
    layer = made()
    layer(feature_maps()).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 1e-9 for p in (layer.g.weight, layer.theta.weight))
    assert all(p.grad is not None for p in layer.parameters())


def test_gradients_are_true() -> None:
    layer = made()
    assert torch.autograd.gradcheck(layer, feature_maps().requires_grad_())


def test_spatial_weights_sum_to_one() -> None:
    weights = made().spatial(feature_maps(3))
    assert weights.shape == (3, *SIZE)
    assert_close(weights.sum(dim=(1, 2)), torch.ones(3, dtype=torch.float64))


def test_the_mask_does_not_depend_on_the_order_of_positions() -> None:
    """Only the spatial weights know where a position lies."""
    layer, maps = made(), feature_maps()
    assert_close(layer.mask(maps.flip(2)), layer.mask(maps).flip(2), rtol=1e-12, atol=1e-13)
    assert not torch.allclose(layer(maps.flip(2)), layer(maps).flip(2))


def test_the_layout_in_memory_does_not_matter() -> None:
    layer, maps = made(), feature_maps()
    channels_last = maps.to(memory_format=torch.channels_last)
    assert_close(layer(channels_last), layer(maps), rtol=1e-12, atol=1e-13)


def test_a_map_of_another_size_is_refused() -> None:
    with pytest.raises(InputError, match=r"must have shape \('B', 4, 3, 2\), but \(2, 4, 2, 3\) came"):
        made()(feature_maps().transpose(2, 3))


@pytest.mark.parametrize("reduction", [0, 5])
def test_a_reduction_to_no_channel_is_refused(reduction: int) -> None:
    with pytest.raises(InputError, match=rf"reduction must lie in 1 \.\. 4, .* but {reduction} came"):
        ModulatedAttention(CHANNELS, SIZE, reduction=reduction)


def test_an_empty_batch_stays_empty() -> None:
    assert made()(feature_maps(0)).shape == (0, CHANNELS, *SIZE)
