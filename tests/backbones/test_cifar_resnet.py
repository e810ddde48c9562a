import math

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from counterpoise.backbones import CifarResNet32, TwoBranchCifarResNet32
from counterpoise.backbones.cifar_resnet import BasicBlock

KINDS = [CifarResNet32, TwoBranchCifarResNet32]
every_kind = pytest.mark.parametrize("kind", KINDS)
Kind = type[CifarResNet32] | type[TwoBranchCifarResNet32]


def looped_shortcut(x: Tensor, planes: int, stride: int) -> Tensor:
    batch, in_planes, height, width = x.shape
    out = torch.zeros(batch, planes, -(-height // stride), -(-width // stride))
    offset = (planes - in_planes) // 2
    for channel in range(in_planes):
        for row in range(out.shape[2]):
            for column in range(out.shape[3]):
                out[:, offset + channel, row, column] = x[:, channel, stride * row, stride * column]
    return out


@pytest.mark.parametrize(("in_planes", "planes", "stride"), [(4, 4, 1), (4, 8, 2), (16, 32, 2)])
@pytest.mark.parametrize("size", [6, 5])
def test_the_shortcut_is_that_of_a_loop(in_planes: int, planes: int, stride: int, size: int) -> None:
    x = torch.randn(2, in_planes, size, size)
    block = BasicBlock(in_planes, planes, stride=stride)
    assert torch.equal(block.shortcut(x), looped_shortcut(x, planes, stride))
    assert block(x).shape == block.shortcut(x).shape


def test_a_block_adds_its_convolutions_to_the_shortcut() -> None:
    block, x = BasicBlock(4, 8, stride=2).eval(), torch.randn(2, 4, 6, 6)
    residual = block.bn2(block.conv2(block.bn1(block.conv1(x)).relu()))
    assert_close(block(x), (residual + looped_shortcut(x, 8, 2)).relu())


def test_a_block_leaves_its_input_as_it_is() -> None:
    block, x = BasicBlock(4, 4), torch.randn(2, 4, 6, 6)
    before = x.clone()
    block(x)
    assert torch.equal(x, before)


@pytest.mark.parametrize(("kind", "features"), [(CifarResNet32, 64), (TwoBranchCifarResNet32, 128)])
@pytest.mark.parametrize("channels", [1, 3])
def test_features_have_their_size(kind: Kind, features: int, channels: int) -> None:
    backbone = kind(channels).eval()
    with torch.no_grad():
        assert backbone(torch.randn(2, channels, 32, 32)).shape == (2, features)
        assert backbone(torch.randn(1, channels, 28, 28)).shape == (1, features)
    assert backbone.num_features == features


def test_the_plain_net_has_as_many_parameters_as_in_its_paper() -> None:
    parameters = sum(parameter.numel() for parameter in CifarResNet32().parameters())
    with_classifier = parameters + 64 * 10 + 10
    assert round(with_classifier / 1e6, 2) == 0.46
    assert with_classifier == 464_154


def test_the_plain_net_has_32_weighted_layers() -> None:
    convolutions = [module for module in CifarResNet32().modules() if isinstance(module, nn.Conv2d)]
    assert len(convolutions) + 1 == 32


def test_the_second_branch_is_one_more_block() -> None:
    plain, branched = (sum(parameter.numel() for parameter in kind().parameters()) for kind in KINDS)
    assert branched - plain == sum(parameter.numel() for parameter in BasicBlock(64, 64).parameters())


def test_the_two_branches_are_pooled_side_by_side_over_one_trunk() -> None:
    backbone, images = TwoBranchCifarResNet32().eval(), torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        shared = backbone.trunk(images)
        assert shared.shape == (2, 64, 8, 8)
        wanted = torch.cat([backbone.conventional(shared), backbone.rebalancing(shared)], dim=1)
        assert_close(backbone(images), wanted.mean(dim=(2, 3)))


@every_kind
def test_features_are_pooled_after_a_relu(kind: Kind) -> None:
    with torch.no_grad():
        assert kind().eval()(torch.randn(4, 3, 16, 16)).min() >= 0


@every_kind
def test_convolutions_start_kaiming_normal(kind: Kind) -> None:
    for module in kind().modules():
        if isinstance(module, nn.Conv2d):
            fan_in = module.in_channels * 9
            assert module.weight.std().item() * math.sqrt(fan_in / 2) == pytest.approx(1, abs=0.12)
            assert abs(module.weight.mean().item()) * math.sqrt(fan_in / 2) < 0.12


@every_kind
def test_every_parameter_gets_a_gradient(kind: Kind) -> None:
    backbone = kind()
    backbone(torch.randn(4, 3, 16, 16)).square().sum().backward()
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in backbone.parameters())
