"""Linear regressor: the last layer of a net whose target is a number."""

import torch
from torch import Tensor, nn

from counterpoise.net import Classifier


class LinearRegressor(Classifier):
    """One number for each sample, ``mean + scale * (x w^T + b)``; (B, D) -> (B,).

    With the mean and standard deviation of the training targets a fresh layer starts in their range (ours); 0 and 1
    are the plain linear layer of the papers. Both are kept with the weights. Training and inference compute the same.

    Args:
        dim: number of features D.
        mean: added to every output.
        scale: factor on every output of the linear layer.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, dim: int, *, mean: float = 0.0, scale: float = 1.0) -> None:
        super().__init__()
        self.dim, self.num_classes = dim, 1
        self.linear = nn.Linear(dim, 1)
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("scale", torch.tensor(scale))

    def reset_parameters(self) -> None:
        """Draw fresh weights."""
        self.linear.reset_parameters()

    def forward(self, features: Tensor) -> Tensor:
        """Predictions in units of the target; (B, D) -> (B,)."""
        return self.mean + self.scale * self.linear(features).squeeze(-1)
