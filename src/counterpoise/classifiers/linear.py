"""Linear classifier: the baseline of every table."""

from typing import Protocol, runtime_checkable

from torch import Tensor, nn

from counterpoise.factors import Factors
from counterpoise.net import Classifier


@runtime_checkable
class Affine(Protocol):
    """The ability that `TauNormalized` needs: logits are ``x W^T + b``, with nothing in between."""

    @property
    def weight(self) -> Tensor:
        """The weight matrix W; (C, D)."""
        ...

    @property
    def bias(self) -> Tensor | None:
        """The bias b, (C,), or None where there is none."""
        ...


class LinearClassifier(Classifier):
    """Logits ``x W^T + b``, with the initialisation of `torch.nn.Linear`.

    Args:
        dim: number of features D.
        num_classes: number of classes C.
        bias: whether b is there. De-confound-TDE's baseline has none, Decoupling's stage 1 has one; true is
            the library default (ours).

    Training and inference compute the same.
    """

    def __init__(self, dim: int, num_classes: int, *, bias: bool = True) -> None:
        super().__init__()
        self.dim, self.num_classes = dim, num_classes
        self.linear = nn.Linear(dim, num_classes, bias=bias)

    @property
    def weight(self) -> Tensor:
        """The weight matrix; (C, D)."""
        return self.linear.weight

    @property
    def bias(self) -> Tensor | None:
        """The bias, (C,), where there is one."""
        return self.linear.bias

    def reset_parameters(self) -> None:
        """Draw fresh weights."""
        self.linear.reset_parameters()

    def forward(self, features: Tensor) -> Tensor:
        """Logits; (B, D) -> (B, C)."""
        return self.linear(features)

    def factors(self, features: Tensor) -> Factors:
        """The factors of the logits; (B, D) -> (B, D), (C, D) and the bias."""
        return Factors(features, self.weight, self.bias)
