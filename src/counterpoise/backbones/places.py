"""Backbones whose features are those of places of an image: one row for each place of each image."""

from collections import OrderedDict
from functools import cache
from typing import Any, cast, final

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.ops import FeaturePyramidNetwork

from counterpoise.backbones.timm import timm_backbone
from counterpoise.errors import InputError

WIDTH = 128
OURS = ("small_cnn", "resnet32", "resnet32_two_branch")


@final
class Places(nn.Module):
    """Rows of a feature map, image by image and line by line; (B, channels, H, W) -> (B * h * w, D).

    Args:
        to_map: gives the map, (B, channels, H, W) -> (B, D, h, w).
        num_features: D.
    """

    def __init__(self, to_map: nn.Module, num_features: int) -> None:
        super().__init__()
        self.to_map = to_map
        self.num_features = num_features

    def forward(self, x: Tensor) -> Tensor:
        """Features of all places."""
        return self.to_map(x).permute(0, 2, 3, 1).reshape(-1, self.num_features)


@final
class Pyramid(nn.Module):
    """The maps of a backbone from a stride on, brought together at this stride.

    A feature pyramid (Lin et al., CVPR 2017, of torchvision) whose levels are enlarged and added, as for segmentation
    in Kirillov et al., CVPR 2019. The paper's encoder-decoder for depth is another one.

    Args:
        maps: gives the maps, finest first.
        channels: of each map.
    """

    def __init__(self, maps: nn.Module, channels: list[int]) -> None:
        super().__init__()
        self.maps = maps
        self.pyramid = FeaturePyramidNetwork(channels, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, H, W) -> (B, 128, h, w)."""
        levels = self.pyramid(OrderedDict((str(number), level) for number, level in enumerate(self.maps(x))))
        finest, *coarser = levels.values()
        enlarged = (F.interpolate(level, size=finest.shape[-2:], mode="bilinear") for level in coarser)
        return F.relu(sum(enlarged, start=finest))


@final
class Only(nn.Module):
    """The one map of a model that gives a list of them."""

    def __init__(self, maps: nn.Module) -> None:
        super().__init__()
        self.maps = maps

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, H, W) -> (B, D, h, w)."""
        (only,) = self.maps(x)
        return only


def places_backbone(name: str, shape: tuple[int, ...], *, stride: int, pretrained: bool = False) -> Places:
    """A timm model whose features are those of places of ``stride`` pixels.

    Places of the stride of its last map have the features of that map, as where crowds are counted; finer ones those of
    a `Pyramid`. "auto" takes resnet18 up to 256 pixels and resnet50 above (ours).

    Args:
        name: of a convolutional model of timm.
        shape: channels, height and width of the images.
        stride: pixels along the side of a place.
        pretrained: whether to load timm's weights.

    Raises:
        InputError: timm has no such model, or it has no map of this stride.
    """
    channels, _, size = shape
    if name == "auto":
        name = "resnet18" if size <= 256 else "resnet50"
    if name in OURS:
        raise InputError(f"places need a convolutional model of timm such as resnet18, but {name} came")
    strides = map_strides(name)
    if stride not in strides:
        known = ", ".join(map(str, strides)) or "none"
        raise InputError(
            f"places of {stride} pixels need a backbone with a map of that stride, but those of {name} are {known}; "
            "choose another --stride, or a convolutional timm model such as resnet50"
        )
    wanted = tuple(range(strides.index(stride), len(strides)))
    maps = cast(Any, timm_backbone(name, channels=channels, size=size, pretrained=pretrained, maps=wanted))
    widths = maps.feature_info.channels()
    if len(wanted) == 1:
        return Places(Only(maps), widths[0])
    return Places(Pyramid(maps, widths), WIDTH)


@cache
def map_strides(name: str) -> tuple[int, ...]:
    """The strides of the maps of a timm model, finest first; none where it shows no maps.

    Raises:
        InputError: timm has no such model.
    """
    with torch.device("meta"):
        model = cast(Any, timm_backbone(name, channels=3, size=224, pretrained=False, maps=()))
    return tuple(model.feature_info.reduction())
