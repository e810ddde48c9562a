"""Backbones of detectors: feature pyramids (Lin et al., CVPR 2017) over named nets."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, TypeAlias, cast, final

from timm.layers.norm_act import freeze_batch_norm_2d
from torch import Tensor, nn
from torchvision.models import get_model_weights
from torchvision.models.detection.backbone_utils import BackboneWithFPN, resnet_fpn_backbone
from torchvision.ops import FeaturePyramidNetwork, FrozenBatchNorm2d
from torchvision.ops.feature_pyramid_network import LastLevelMaxPool

from counterpoise.backbones.places import map_strides
from counterpoise.backbones.timm import takes_size, timm_backbone
from counterpoise.detection.plan import SMALL_SIDE
from counterpoise.detection.small_maps import SmallMaps, group_norm
from counterpoise.errors import InputError

RESNETS = ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")
"""Taken from torchvision, as in the LVIS runs of Tang et al., NeurIPS 2020; any other name from timm."""

STRIDES = (4, 8, 16, 32)


@final
class MapPyramid(nn.Module):
    """A feature pyramid over the maps of a net, with group norms.

    Without them the hidden layers of small detectors that start from nothing diverge at the learning rates of published
    ones. Torchvision's own pyramids have none.

    Args:
        maps: gives the maps, finest first.
        channels: of each map.
        width: channels of each map of the pyramid, divisible by 8.
    """

    def __init__(self, maps: nn.Module, channels: Sequence[int], *, width: int) -> None:
        super().__init__()
        self.maps, self.out_channels = maps, width
        self.fpn = FeaturePyramidNetwork(
            [*channels], width, extra_blocks=LastLevelMaxPool(), norm_layer=group_norm
        )

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """(B, 3, H, W) -> "0" (B, width, H/4, W/4), "1" and so on, each half the one before, and last "pool"."""
        return self.fpn(OrderedDict((str(level), found) for level, found in enumerate(self.maps(x))))


Pyramid: TypeAlias = MapPyramid | BackboneWithFPN


def levels(pyramid: Pyramid) -> int:
    """Number of maps, the last pooled one not counted."""
    return len(pyramid.fpn.inner_blocks)


def pyramid_of(name: str, short: int, *, width: int, pretrained: bool = False) -> Pyramid:
    """The pyramid over a named net.

    "auto" takes our small net up to 256 pixels and resnet50 above. Pretrained, batch norms keep the statistics and
    scales that they came with, and of torchvision's ResNets the stem and the first stage stay as they are (as in the
    LVIS runs); what is frozen is no parameter, so that no stage of training moves it.

    Args:
        name: "auto", small_cnn, a ResNet of torchvision, or any convolutional model of timm.
        short: pixels along the shorter side of the pictures.
        width: channels of the maps; ResNets of torchvision have 256.
        pretrained: whether to load ImageNet weights, version 1 of torchvision's, or those of timm.

    Raises:
        InputError: there is no such net or no weights of it, the weights cannot be had, or its maps do not fit.
    """
    if name == "auto":
        name = "small_cnn" if short <= SMALL_SIDE else "resnet50"
    if name == "small_cnn":
        return small_pyramid(width, pretrained=pretrained)
    if name in RESNETS:
        return resnet_pyramid(name, pretrained=pretrained)
    return timm_pyramid(name, short, width=width, pretrained=pretrained)


def small_pyramid(width: int, *, pretrained: bool) -> MapPyramid:
    """The pyramid over our small net."""
    if pretrained:
        raise InputError("small_cnn has no pretrained weights; choose resnet50, or leave --pretrained out")
    maps = SmallMaps()
    return MapPyramid(maps, maps.channels, width=width)


def resnet_pyramid(name: str, *, pretrained: bool) -> BackboneWithFPN:
    """Torchvision's own pyramid over one of its ResNets."""
    if not pretrained:
        return resnet_fpn_backbone(
            backbone_name=name, weights=None, norm_layer=nn.BatchNorm2d, trainable_layers=5
        )
    weights = cast(Any, get_model_weights(name)).IMAGENET1K_V1
    try:
        loaded = resnet_fpn_backbone(backbone_name=name, weights=weights, norm_layer=FrozenBatchNorm2d)
    except (OSError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(
            f"cannot load the pretrained weights of {name}: {reason}; go online once, or leave --pretrained out"
        ) from error
    fix(loaded)
    return loaded


def fix(module: nn.Module) -> None:
    """Make buffers, of the same name, of all parameters that ask for no gradient."""
    for part in module.modules():
        for name, parameter in [*part.named_parameters(recurse=False)]:
            if not parameter.requires_grad:
                delattr(part, name)
                part.register_buffer(name, parameter.detach())


def timm_pyramid(name: str, short: int, *, width: int, pretrained: bool) -> MapPyramid:
    """The pyramid over those maps of a timm model whose strides are 4, 8, 16 and 32."""
    strides = map_strides(name)
    if takes_size(name) or not set(STRIDES) <= set(strides):
        came = "is for one size" if takes_size(name) else f"has {', '.join(map(str, strides))}"
        raise InputError(
            f"a detector needs a backbone for pictures of any size with maps of strides 4, 8, 16 and 32, but {name} "
            f"{came}; choose resnet50 or another convolutional model"
        )
    wanted = tuple(strides.index(stride) for stride in STRIDES)
    maps = cast(Any, timm_backbone(name, channels=3, size=short, pretrained=pretrained, maps=wanted))
    channels = maps.feature_info.channels()
    return MapPyramid(freeze_batch_norm_2d(maps) if pretrained else maps, channels, width=width)
