"""A small convolutional net for small pictures such as 8 x 8 digits; ours, for the demo and for tests."""

import torch.nn.functional as F
from torch import Tensor, nn


class SmallCNN(nn.Module):
    """Two 3x3 convolutions, pooling, and a hidden layer; (B, channels, H, W) -> (B, 64).

    It has no batch statistics, so two processes compute exactly what one does.

    Args:
        channels: channels of the images.
    """

    num_features = 64

    def __init__(self, channels: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.hidden = nn.Linear(32 * 4 * 4, self.num_features)

    def feature_map(self, x: Tensor) -> Tensor:
        """The last map; (B, channels, H, W) -> (B, 32, H, W)."""
        return F.relu(self.conv2(F.relu(self.conv1(x))))

    def pool(self, feature_map: Tensor) -> Tensor:
        """Pooling and the hidden layer; (B, 32, H, W) -> (B, 64)."""
        return F.relu(self.hidden(F.adaptive_avg_pool2d(feature_map, 4).flatten(1)))

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, H, W) -> (B, 64)."""
        return self.pool(self.feature_map(x))
