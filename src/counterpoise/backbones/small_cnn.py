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

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, H, W) -> (B, 64)."""
        out = F.relu(self.conv1(x))
        out = F.adaptive_avg_pool2d(F.relu(self.conv2(out)), 4)
        return F.relu(self.hidden(out.flatten(1)))
