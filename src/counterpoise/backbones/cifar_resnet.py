"""ResNet-32 for 32 x 32 images, plain and two-branch.

The plain net is the one of He et al. (CVPR 2016, section 4.2) with parameter-free ("option A")
shortcuts, as LDAM-DRW uses it: 64 features. The two-branch net is the one of BBN (Zhou et al.,
CVPR 2020), reused by De-confound-TDE for all its CIFAR rows: the last residual block exists twice,
side by side, and the two pooled results are concatenated: 128 features.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a parameter-free shortcut."""

    def __init__(self, in_planes: int, planes: int, *, stride: int = 1) -> None:
        super().__init__()
        self.stride = stride
        self.padding = (planes - in_planes) // 2
        self.conv1 = nn.Conv2d(in_planes, planes, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)

    def shortcut(self, x: Tensor) -> Tensor:
        """Every ``stride``-th pixel, new channels filled with zeros."""
        if self.stride == 1 and self.padding == 0:
            return x
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.padding, self.padding))

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, H, W) -> (B, out, H', W')."""
        out = F.relu(self.bn1(self.conv1(x)), inplace=True)
        out = self.bn2(self.conv2(out))
        return F.relu(out + self.shortcut(x), inplace=True)


def residual_stage(in_planes: int, planes: int, *, blocks: int, stride: int) -> nn.Sequential:
    """``blocks`` residual blocks, the first of which changes width and resolution."""
    first = BasicBlock(in_planes, planes, stride=stride)
    return nn.Sequential(first, *(BasicBlock(planes, planes) for _ in range(blocks - 1)))


def kaiming_initialized(net: nn.Module) -> None:
    """Kaiming-normal weights for every convolution, in place (as both releases do)."""
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)


class CifarResNet32(nn.Module):
    """Plain ResNet-32; (B, channels, H, W) -> (B, 64)."""

    num_features = 64

    def __init__(self, channels: int = 3) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = residual_stage(16, 16, blocks=5, stride=1)
        self.layer2 = residual_stage(16, 32, blocks=5, stride=2)
        self.layer3 = residual_stage(32, 64, blocks=5, stride=2)
        kaiming_initialized(self)

    def feature_map(self, x: Tensor) -> Tensor:
        """The last map; (B, channels, H, W) -> (B, 64, H/4, W/4)."""
        out = F.relu(self.bn1(self.conv1(x)), inplace=True)
        return self.layer3(self.layer2(self.layer1(out)))

    def pool(self, feature_map: Tensor) -> Tensor:
        """Means of a map; (B, C, H, W) -> (B, C)."""
        return feature_map.mean(dim=(2, 3))

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, H, W) -> (B, 64)."""
        return self.pool(self.feature_map(x))


class TwoBranchCifarResNet32(nn.Module):
    """Two-branch ResNet-32; (B, channels, H, W) -> (B, 128), conventional branch first. It is `Branching`."""

    num_features = 128

    def __init__(self, channels: int = 3) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = residual_stage(16, 16, blocks=5, stride=1)
        self.layer2 = residual_stage(16, 32, blocks=5, stride=2)
        self.layer3 = residual_stage(32, 64, blocks=4, stride=2)
        self.conventional = BasicBlock(64, 64)
        self.rebalancing = BasicBlock(64, 64)
        kaiming_initialized(self)

    def trunk(self, x: Tensor) -> Tensor:
        """What both branches share; (B, 3, H, W) -> (B, 64, H/4, W/4)."""
        out = F.relu(self.bn1(self.conv1(x)), inplace=True)
        return self.layer3(self.layer2(self.layer1(out)))

    def conventional_features(self, x: Tensor) -> Tensor:
        """Those of the conventional branch; (B, channels, H, W) -> (B, 64)."""
        return self.pool(self.conventional(self.trunk(x)))

    def rebalancing_features(self, x: Tensor) -> Tensor:
        """Those of the re-balancing branch; (B, channels, H, W) -> (B, 64)."""
        return self.pool(self.rebalancing(self.trunk(x)))

    def feature_map(self, x: Tensor) -> Tensor:
        """The last maps of both branches; (B, channels, H, W) -> (B, 128, H/4, W/4)."""
        shared = self.trunk(x)
        return torch.cat([self.conventional(shared), self.rebalancing(shared)], dim=1)

    def pool(self, feature_map: Tensor) -> Tensor:
        """Means of a map; (B, C, H, W) -> (B, C)."""
        return feature_map.mean(dim=(2, 3))

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, H, W) -> (B, 128)."""
        return self.pool(self.feature_map(x))
