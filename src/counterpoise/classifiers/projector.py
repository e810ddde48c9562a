"""A projector: what contrastive learning puts in the place of a classifier."""

from torch import Tensor, nn

from counterpoise.errors import InputError
from counterpoise.net import Classifier


class Projector(Classifier):
    """Linear layer, ReLU, linear layer; the projection head of MoCo v2 (Chen et al., 2020).

    A linear head, as in MoCo v1, is a `LinearClassifier`. It is thrown away after the pretext task. Training and
    inference compute the same.

    Args:
        dim: number of features D.
        num_classes: number of projected features (paper: 128).
        hidden: units of the hidden layer; None is D, as in the paper.

    Raises:
        InputError: no hidden unit.
    """

    def __init__(self, dim: int, num_classes: int, *, hidden: int | None = None) -> None:
        super().__init__()
        hidden = dim if hidden is None else hidden
        if hidden < 1:
            raise InputError(f"hidden must be 1 or more, but {hidden} came; the paper has as many as dim")
        self.dim, self.num_classes = dim, num_classes
        self.layers = nn.Sequential(nn.Linear(dim, hidden), nn.ReLU(), nn.Linear(hidden, num_classes))

    def forward(self, features: Tensor) -> Tensor:
        """Projected features; (B, D) -> (B, P)."""
        return self.layers(features)
