import pytest
import torch
from torch import nn
from torch.testing import assert_close

from counterpoise.backbones import SmallCNN


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [8, 11, 16])
def test_features_have_their_size(channels: int, size: int) -> None:
    backbone = SmallCNN(channels)
    features = backbone(torch.randn(5, channels, size, size))
    assert features.shape == (5, backbone.num_features)
    assert features.min() >= 0


def test_a_sample_does_not_feel_its_batch() -> None:
    backbone, images = SmallCNN().double(), torch.randn(5, 1, 8, 8, dtype=torch.float64)
    assert_close(backbone(images)[:2], backbone(images[:2]), rtol=1e-12, atol=1e-14)


def test_it_has_no_batch_statistics() -> None:
    assert not list(SmallCNN().buffers())
    assert not [module for module in SmallCNN().modules() if isinstance(module, nn.BatchNorm2d)]


def test_an_empty_batch_gives_no_features() -> None:
    assert SmallCNN()(torch.empty(0, 1, 8, 8)).shape == (0, 64)
