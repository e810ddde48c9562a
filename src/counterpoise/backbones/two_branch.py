"""Backbones whose last part exists twice, side by side over one trunk (BBN, Zhou et al., CVPR 2020).

The paper splits a ResNet before its last residual block: one copy of the block, the conventional branch, learns
from the data as they are, the other, the re-balancing branch, from reversed sampling.
"""

from typing import Protocol, cast, final, runtime_checkable

import torch
from timm.models.resnet import ResNet
from torch import Tensor, nn

from counterpoise.backbones.small_cnn import SmallCNN
from counterpoise.backbones.timm import timm_backbone
from counterpoise.errors import InputError


@runtime_checkable
class Branching(Protocol):
    """The ability that `BilateralBranch` needs: features of either branch alone.

    The features of the whole backbone are those of both branches side by side, conventional ones first.
    """

    def conventional_features(self, x: Tensor) -> Tensor:
        """Through the trunk and the conventional branch only; (B, channels, H, W) -> (B, D/2)."""
        ...

    def rebalancing_features(self, x: Tensor) -> Tensor:
        """Through the trunk and the re-balancing branch only; (B, channels, H, W) -> (B, D/2)."""
        ...


@final
class TwoBranch(nn.Module):
    """A trunk and two branches with as many features each.

    Training and inference compute the same.

    Args:
        trunk: what the branches share.
        conventional: turns what the trunk gives into features, (B, ...) -> (B, D/2).
        rebalancing: another module of the same shape.
        num_features: D, the features of both branches together.
    """

    def __init__(
        self, trunk: nn.Module, conventional: nn.Module, rebalancing: nn.Module, *, num_features: int
    ) -> None:
        super().__init__()
        self.trunk, self.conventional, self.rebalancing = trunk, conventional, rebalancing
        self.num_features = num_features

    def conventional_features(self, x: Tensor) -> Tensor:
        """Those of the conventional branch; (B, channels, H, W) -> (B, D/2)."""
        return self.conventional(self.trunk(x))

    def rebalancing_features(self, x: Tensor) -> Tensor:
        """Those of the re-balancing branch; (B, channels, H, W) -> (B, D/2)."""
        return self.rebalancing(self.trunk(x))

    def forward(self, x: Tensor) -> Tensor:
        """Both side by side; (B, channels, H, W) -> (B, D)."""
        shared = self.trunk(x)
        return torch.cat([self.conventional(shared), self.rebalancing(shared)], dim=1)


def two_branch_small_cnn(channels: int = 1) -> TwoBranch:
    """`SmallCNN` with its hidden layer twice; (B, channels, H, W) -> (B, 128). Ours, for small pictures."""
    trunk, other = SmallCNN(channels), SmallCNN(channels)
    branches = [nn.Sequential(net.hidden, nn.ReLU()) for net in (trunk, other)]
    trunk.add_module("hidden", nn.Identity())
    return TwoBranch(trunk, *branches, num_features=2 * SmallCNN.num_features)


def two_branch_resnet(name: str, *, channels: int, size: int, pretrained: bool) -> TwoBranch:
    """A ResNet of timm with the last block of its last stage twice; (B, channels, size, size) -> (B, D).

    D is twice the features of the plain net. Without pretrained weights the two blocks start apart, with them
    both start from the weights of the one block.

    Args:
        name: of one of timm's ResNets, such as resnet50, resnext50_32x4d or seresnet50.
        channels: channels of the images.
        size: height and width of the images.
        pretrained: whether to load timm's weights (from its cache, or downloaded).

    Raises:
        InputError: timm has no such model, it is no ResNet, or the weights cannot be had.
    """

    def resnet() -> ResNet:
        return with_last_block(name, timm_backbone(name, channels=channels, size=size, pretrained=pretrained))

    (trunk, conventional), (_, rebalancing) = (parted(resnet()) for _ in range(2))
    return TwoBranch(trunk, conventional, rebalancing, num_features=2 * cast(int, trunk.num_features))


def with_last_block(name: str, backbone: nn.Module) -> ResNet:
    """The backbone, where it is a ResNet, whose last block can be had twice."""
    if not isinstance(backbone, ResNet):
        raise InputError(
            f"a second branch is made for resnet32, small_cnn and timm's ResNets, but {name} came; choose one of "
            "them, such as resnet50 or resnext50_32x4d"
        )
    return backbone


def parted(resnet: ResNet) -> tuple[ResNet, nn.Sequential]:
    """The net up to its last block, and that block with the pooling."""
    stage = cast(nn.Sequential, resnet.layer4)
    last = nn.Sequential(stage[-1], resnet.global_pool)
    resnet.add_module("layer4", stage[:-1])
    resnet.add_module("global_pool", nn.Identity())
    return resnet, last
