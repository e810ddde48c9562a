"""A trained backbone that learns to attend: modulated attention and one more layer (stage 2 of OLTR)."""

from typing import cast

import torch.nn.functional as F
from torch import Tensor, nn

from counterpoise.backbones.modulated_attention import ModulatedAttention
from counterpoise.backbones.spatial import Spatial, map_shape, spatial

LARGEST = 8
"""Height and width of the map that attention reads, at most (ours)."""


class AttendedBackbone(nn.Module):
    """Modulated attention on the last map of a backbone, and a ReLU layer behind its pooling.

    The backbone of OLTR's second stage (Liu et al., CVPR 2019). The new layer keeps the number of features, so the
    first stage's classifier still fits: 512 in the release, whose ResNet-10 has as many. Attention compares all
    positions with all: a map of more than 8 x 8 is averaged to that first (ours; the paper's is 7 x 7).

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
        self.size = min(height, LARGEST), min(width, LARGEST)
        self.attention = ModulatedAttention(channels, self.size)
        self.hidden = nn.Linear(self.num_features, self.num_features)

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, H, W) -> (B, D)."""
        within = cast(Spatial, self.backbone)
        found = F.adaptive_avg_pool2d(within.feature_map(x), self.size)
        return F.relu(self.hidden(within.pool(self.attention(found))))
