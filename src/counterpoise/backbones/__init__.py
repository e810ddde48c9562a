"""Backbones: from inputs to features. Each has ``num_features``."""

from torch import nn

from counterpoise.backbones.cifar_resnet import CifarResNet32, TwoBranchCifarResNet32
from counterpoise.backbones.small_cnn import SmallCNN
from counterpoise.backbones.timm import timm_backbone

__all__ = ["CifarResNet32", "SmallCNN", "TwoBranchCifarResNet32", "image_backbone", "timm_backbone"]


def image_backbone(name: str, shape: tuple[int, int, int], *, pretrained: bool = False) -> nn.Module:
    """The backbone of a name, for images of a shape (channels, height, width).

    "auto" takes the small net up to 16 pixels, the two-branch ResNet-32 of De-confound-TDE's CIFAR rows up to 64,
    and timm's resnet50 above.

    Raises:
        InputError: neither we nor timm have such a backbone.
    """
    channels, _, size = shape
    if name == "auto":
        name = "small_cnn" if size <= 16 else "resnet32_two_branch" if size <= 64 else "resnet50"
    if name == "small_cnn":
        return SmallCNN(channels)
    if name == "resnet32":
        return CifarResNet32(channels)
    if name == "resnet32_two_branch":
        return TwoBranchCifarResNet32(channels)
    return timm_backbone(name, channels=channels, size=size, pretrained=pretrained)
