"""A multilayer perceptron for rows of a table."""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn


class MLP(nn.Module):
    """Linear layers, each with a ReLU after it; (B, F) -> (B, D).

    It has no batch statistics, so two processes compute exactly what one does.

    Args:
        features: F.
        hidden: sizes of the layers, the last of which is D (ours: 128, 128).
    """

    def __init__(self, features: int, *, hidden: Sequence[int] = (128, 128)) -> None:
        super().__init__()
        sizes = (features, *hidden)
        layers = [(nn.Linear(before, after), nn.ReLU()) for before, after in pairwise(sizes)]
        self.layers = nn.Sequential(*(layer for pair in layers for layer in pair))
        self.num_features = sizes[-1]

    def forward(self, x: Tensor) -> Tensor:
        """(B, F) -> (B, D)."""
        return self.layers(x)
