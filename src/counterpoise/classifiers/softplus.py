"""A classifier with one hidden layer: the student of hierarchical distillation."""

from torch import Tensor, nn

from counterpoise.errors import InputError
from counterpoise.net import Classifier


class SoftplusClassifier(Classifier):
    """Linear layer, softplus, linear layer; G_T of hierarchical classification adjustment (Xiong, Yao, CVPR 2024).

    It learns from all levels of a `HierarchicalClassifier` by `RangePreservingDistillation` and answers alone. Training
    and inference compute the same; the weights start as torch's linear layers do.

    Args:
        dim: number of features D.
        num_classes: number of classes C.
        hidden: units of the hidden layer; None is D/4, as in the paper.

    Raises:
        InputError: no hidden unit.
    """

    def __init__(self, dim: int, num_classes: int, *, hidden: int | None = None) -> None:
        super().__init__()
        hidden = max(dim // 4, 1) if hidden is None else hidden
        if hidden < 1:
            raise InputError(f"hidden must be 1 or more, but {hidden} came; the paper has a quarter of dim")
        self.dim, self.num_classes = dim, num_classes
        self.layers = nn.Sequential(nn.Linear(dim, hidden), nn.Softplus(), nn.Linear(hidden, num_classes))

    def forward(self, features: Tensor) -> Tensor:
        """Logits; (B, D) -> (B, C)."""
        return self.layers(features)
