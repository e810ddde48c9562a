"""What a classifier is, and what it may be able to do."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Protocol, runtime_checkable

from torch import Tensor, nn


class Classifier(nn.Module, ABC):
    """Maps features to logits; (B, D) -> (B, C).

    The field calls the frequent classes "head", so the last layer of a net is its classifier here.
    """

    dim: int
    num_classes: int

    @abstractmethod
    def forward(self, features: Tensor) -> Tensor:
        """Logits for inference; (B, D) -> (B, C). Always exportable."""

    def outputs(self, features: Tensor) -> Tensor:
        """What the loss consumes in training: the logits, unless a classifier says otherwise."""
        return self(features)


@runtime_checkable
class Normalizing(Protocol):
    """The ability that `TotalDirectEffect` needs: features and weights are normalised in K groups."""

    groups: int
    normalizer: Callable[[Tensor], Tensor]  # n on one group: (..., D/K) -> (..., D/K), along the direction of x

    def normalize(self, features: Tensor) -> Tensor:
        """The normalised features n(x), split in groups; (B, D) -> (B, K, D/K)."""
        ...

    def project(self, normalized: Tensor) -> Tensor:
        """Logits of already normalised features; (..., K, D/K) -> (..., C). Linear."""
        ...
