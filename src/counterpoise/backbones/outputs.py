"""A backbone with features of its own for each of several targets."""

from typing import final

import torch
from torch import Tensor, nn


@final
class PerOutput(nn.Module):
    """One linear layer and a rectifier for each target over the features of a backbone; (B, ...) -> (B * T, D).

    The rows of a sample lie together, in the order of its targets, so a classifier reads them one by one. Ours.

    Args:
        backbone: (B, ...) -> (B, D).
        outputs: T, how many targets there are.
    """

    def __init__(self, backbone: nn.Module, outputs: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.num_features: int = backbone.num_features  # pyright: ignore[reportAttributeAccessIssue]
        self.outputs = outputs
        self.own = nn.Linear(self.num_features, outputs * self.num_features)

    def forward(self, x: Tensor) -> Tensor:
        """Features of all targets of all samples."""
        return torch.relu(self.own(self.backbone(x))).view(-1, self.num_features)
