"""A backbone for images of another size than those that come."""

import torch.nn.functional as F
from torch import Tensor, nn


class Resized(nn.Module):
    """Brings images to a size, then through a backbone; (B, channels, H, W) -> (B, D).

    Args:
        backbone: takes images of ``size`` x ``size`` pixels, and has ``num_features``.
        size: height and width in pixels; bilinear with antialiasing.
    """

    def __init__(self, backbone: nn.Module, size: int) -> None:
        super().__init__()
        self.backbone, self.size = backbone, size
        self.num_features = backbone.num_features

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, H, W) -> (B, D)."""
        sides = (self.size, self.size)
        return self.backbone(F.interpolate(x, sides, mode="bilinear", align_corners=False, antialias=True))
