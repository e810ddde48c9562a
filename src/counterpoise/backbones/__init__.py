"""Backbones: from inputs to features. Each has ``num_features``."""

from torch import nn

from counterpoise.backbones.attended import AttendedBackbone
from counterpoise.backbones.cifar_resnet import CifarResNet32, TwoBranchCifarResNet32
from counterpoise.backbones.experts import (
    ExpertBackbone,
    expert_cifar_resnet32,
    expert_resnet,
    expert_small_cnn,
)
from counterpoise.backbones.mlp import MLP
from counterpoise.backbones.modulated_attention import ModulatedAttention
from counterpoise.backbones.outputs import PerOutput
from counterpoise.backbones.places import Places, places_backbone
from counterpoise.backbones.resized import Resized
from counterpoise.backbones.skipping import SkippingExperts
from counterpoise.backbones.small_cnn import SmallCNN
from counterpoise.backbones.spatial import Spatial
from counterpoise.backbones.timm import timm_backbone
from counterpoise.backbones.two_branch import (
    Branching,
    TwoBranch,
    two_branch_resnet,
    two_branch_small_cnn,
)
from counterpoise.backbones.unchanged import Unchanged
from counterpoise.errors import InputError

__all__ = [
    "MLP",
    "AttendedBackbone",
    "Branching",
    "CifarResNet32",
    "ExpertBackbone",
    "ModulatedAttention",
    "PerOutput",
    "Places",
    "Resized",
    "SkippingExperts",
    "SmallCNN",
    "Spatial",
    "TwoBranch",
    "TwoBranchCifarResNet32",
    "Unchanged",
    "embedding_backbone",
    "expert_backbone",
    "expert_cifar_resnet32",
    "expert_resnet",
    "expert_small_cnn",
    "image_backbone",
    "places_backbone",
    "table_backbone",
    "timm_backbone",
    "two_branch_backbone",
    "two_branch_resnet",
    "two_branch_small_cnn",
]


def image_backbone(name: str, shape: tuple[int, ...], *, pretrained: bool = False) -> nn.Module:
    """The backbone of a name, for images of a shape (channels, height, width).

    "auto" takes the small net up to 16 pixels, the two-branch ResNet-32 of De-confound-TDE's CIFAR rows up to 64,
    and timm's resnet50 above.

    Raises:
        InputError: neither we nor timm have such a backbone.
    """
    channels, _, size = shape
    name = chosen(name, size)
    if name == "small_cnn":
        return SmallCNN(channels)
    if name == "resnet32":
        return CifarResNet32(channels)
    if name == "resnet32_two_branch":
        return TwoBranchCifarResNet32(channels)
    return timm_backbone(name, channels=channels, size=size, pretrained=pretrained)


def table_backbone(name: str, shape: tuple[int, ...]) -> MLP:
    """The backbone of a name, "auto" or "mlp", for rows of a shape (features,).

    Raises:
        InputError: the backbone is for images.
    """
    if name not in ("auto", "mlp"):
        raise InputError(
            f"rows of a table need the backbone mlp, but {name} came, which is for images; leave it out"
        )
    return MLP(shape[0])


def embedding_backbone(name: str, shape: tuple[int, ...]) -> Unchanged | MLP:
    """The backbone of a name for embeddings of a shape (features,): "auto" or "none" leaves them as they are, or "mlp".

    Raises:
        InputError: the backbone is for images.
    """
    if name in ("auto", "none"):
        return Unchanged(shape[0])
    if name != "mlp":
        raise InputError(
            f"embeddings need the backbone none or mlp, but {name} came, which is for images; leave it out"
        )
    return MLP(shape[0])


def two_branch_backbone(
    name: str, shape: tuple[int, ...], *, pretrained: bool = False
) -> TwoBranchCifarResNet32 | TwoBranch:
    """The backbone of a name with its last part twice, for images of a shape (channels, height, width).

    "auto" goes by the size as in `image_backbone`; resnet32 and resnet32_two_branch are the same here.

    Raises:
        InputError: neither we nor timm have such a backbone, or no second branch is made for it.
    """
    channels, _, size = shape
    name = chosen(name, size)
    if name == "small_cnn":
        return two_branch_small_cnn(channels)
    if name in ("resnet32", "resnet32_two_branch"):
        return TwoBranchCifarResNet32(channels)
    return two_branch_resnet(name, channels=channels, size=size, pretrained=pretrained)


def expert_backbone(
    name: str,
    shape: tuple[int, ...],
    *,
    experts: int = 3,
    width: float = 0.75,
    pretrained: bool = False,
) -> ExpertBackbone:
    """The backbone of a name with its last part for each expert, for images of a shape (channels, height, width).

    "auto" goes by the size as in `image_backbone`; resnet32 and resnet32_two_branch are the same here.

    Raises:
        InputError: neither we nor timm have such a backbone, no experts are made for it, or not of this width.
    """
    channels, _, size = shape
    name = chosen(name, size)
    if name == "small_cnn":
        return expert_small_cnn(channels, experts=experts, width=width)
    if name in ("resnet32", "resnet32_two_branch"):
        return expert_cifar_resnet32(channels, experts=experts, width=width)
    return expert_resnet(
        name, channels=channels, size=size, pretrained=pretrained, experts=experts, width=width
    )


def chosen(name: str, size: int) -> str:
    """The name that "auto" stands for at a size of images; any other name stands for itself."""
    if name != "auto":
        return name
    return "small_cnn" if size <= 16 else "resnet32_two_branch" if size <= 64 else "resnet50"
