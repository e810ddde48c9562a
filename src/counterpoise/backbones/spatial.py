"""The ability of a backbone to show its last feature map before it is pooled."""

from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from counterpoise.errors import InputError


@runtime_checkable
class Spatial(Protocol):
    """The ability that `AttendedBackbone` needs; ``pool(feature_map(x))`` is what the backbone computes."""

    num_features: int

    def feature_map(self, x: Tensor) -> Tensor:
        """The last map; (B, channels, H, W) -> (B, C, H', W')."""
        ...

    def pool(self, feature_map: Tensor) -> Tensor:
        """Features of a map; (B, C, H', W') -> (B, D)."""
        ...


class SpatialTimm(nn.Module):
    """A model of timm with the names of `Spatial`.

    Args:
        model: pooled and without classifier, see `timm_backbone`.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        self.num_features: int = model.num_features  # pyright: ignore[reportAttributeAccessIssue]

    def feature_map(self, x: Tensor) -> Tensor:
        """The last map; (B, channels, H, W) -> (B, C, H', W')."""
        return self.model.forward_features(x)  # pyright: ignore[reportCallIssue]

    def pool(self, feature_map: Tensor) -> Tensor:
        """Features of a map; (B, C, H', W') -> (B, D)."""
        return self.model.forward_head(feature_map, pre_logits=True)  # pyright: ignore[reportCallIssue]

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, H, W) -> (B, D)."""
        return self.pool(self.feature_map(x))


def spatial(backbone: nn.Module) -> Spatial:
    """The backbone, able to show its feature map. A model of timm is wrapped.

    Raises:
        InputError: it has no feature map to show.
    """
    if isinstance(backbone, Spatial):
        return backbone
    if hasattr(backbone, "forward_features") and hasattr(backbone, "forward_head"):
        return SpatialTimm(backbone)
    raise no_map(backbone, "no way to its feature map")


@torch.no_grad()
def map_shape(backbone: Spatial, shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Channels, height and width of the feature map of images of a shape. The backbone is left in evaluation mode.

    Raises:
        InputError: the map is none of a convolutional net, as with transformers.
    """
    assert isinstance(backbone, nn.Module)
    like = next(backbone.parameters())
    found = backbone.eval().feature_map(like.new_zeros(1, *shape))
    layout = getattr(getattr(backbone, "model", None), "output_fmt", "NCHW")
    if found.ndim != 4 or layout != "NCHW":
        raise no_map(backbone, f"a map of shape {tuple(found.shape)}")
    _, channels, height, width = found.shape
    return channels, height, width


def no_map(backbone: nn.Module, what: str) -> InputError:
    """The refusal of a backbone."""
    kind = type(getattr(backbone, "model", backbone)).__name__
    return InputError(
        f"a backbone with a (B, C, H, W) feature map is needed, but {kind} has {what}; choose resnet32, "
        "resnet32_two_branch, small_cnn or a convolutional timm model such as resnet50 or resnext50_32x4d"
    )
