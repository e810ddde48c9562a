"""A trained backbone that learns to attend: modulated attention and one more layer (stage 2 of OLTR)."""

from typing import cast

import torch.nn.functional as F
from torch import Tensor, nn

from counterpoise.backbones.modulated_attention import ModulatedAttention
from counterpoise.backbones.spatial import Spatial, map_shape, spatial


class AttendedBackbone(nn.Module):
    """Modulated attention on the last map of a backbone, and a ReLU layer behind its pooling.

    The backbone of OLTR's second stage (Liu et al., CVPR 2019). The new layer keeps the number of features, so the
    first stage's classifier still fits: 512 in the release, whose ResNet-10 has as many.

    Args:
        backbone: trained before; it becomes a part of this one.
        shape: channels, height and width of the images.

    Raises:
        InputError: the backbone has no (B, C, H, W) feature map, as a transformer.

    Training and inference compute the same, but for the batch statistics of the backbone.
    """

    def __init__(self, backbone: nn.Module, shape: tuple[int, ...]) -> None:
        super().__init__()
        within = spatial(backbone)
        channels, height, width = map_shape(within, shape)
        self.num_features = within.num_features
        self.backbone = cast(nn.Module, within)
        self.attention = ModulatedAttention(channels, (height, width))
        self.hidden = nn.Linear(self.num_features, self.num_features)

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, H, W) -> (B, D)."""
        within = cast(Spatial, self.backbone)
        return F.relu(self.hidden(within.pool(self.attention(within.feature_map(x)))))
