"""The common form of the cosine, capsule and De-confounded classifiers."""

import math
from abc import abstractmethod
from collections.abc import Callable
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from counterpoise.classifiers.grouping import check_groups, split_groups
from counterpoise.errors import InputError
from counterpoise.factors import Factors
from counterpoise.net import Classifier


@runtime_checkable
class Normalizing(Protocol):
    """The ability that `TotalDirectEffect` needs: features and weights are normalised in K groups."""

    dim: int
    num_classes: int
    groups: int
    normalizer: Callable[[Tensor], Tensor]
    """The feature map n of one group, (..., D/K) -> (..., D/K); it keeps the direction."""

    def normalize(self, features: Tensor) -> Tensor:
        """The normalised features n(x), split in groups; (B, D) -> (B, K, D/K)."""
        ...

    def project(self, normalized: Tensor) -> Tensor:
        """Logits of already normalised features; (..., K, D/K) -> (..., C). Linear."""
        ...


class NormalizedClassifier(Classifier):
    """Logits ``tau/K * sum_k <v(w^k), n(x^k)>`` with normalised weights v and features n in K channel groups.

    A final class says what n and v are. There is no bias. Weights start uniform in +-1/sqrt(D) with the
    whole D (released code).

    Args:
        dim: number of features D, divisible by ``groups``.
        num_classes: number of classes C.
        groups: number K of equal contiguous channel groups.
        tau: scale of the logits; one group has the scale tau/K.

    Raises:
        InputError: D is not divisible by K, or tau is not positive.
    """

    def __init__(self, dim: int, num_classes: int, *, groups: int, tau: float) -> None:
        super().__init__()
        check_groups(dim, groups)
        if not tau > 0:
            raise InputError(f"tau must be positive, but {tau} came; the papers use 16")
        self.dim, self.num_classes, self.groups, self.tau = dim, num_classes, groups, tau
        self.weight = nn.Parameter(torch.empty(num_classes, dim))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw fresh weights."""
        bound = 1 / math.sqrt(self.dim)
        nn.init.uniform_(self.weight, -bound, bound)

    @staticmethod
    @abstractmethod
    def normalizer(vectors: Tensor) -> Tensor:
        """The feature map n of one group, over the last axis."""

    @abstractmethod
    def normalized_weight(self, scale: float = 1.0) -> Tensor:
        """Normalised weights v(w), times a scale; -> (C, K, D/K)."""

    def normalize(self, features: Tensor) -> Tensor:
        """Normalised features n(x); (B, D) -> (B, K, D/K)."""
        return self.normalizer(split_groups(features, self.groups))

    def project(self, normalized: Tensor) -> Tensor:
        """Logits of normalised features; (..., K, D/K) -> (..., C)."""
        return normalized.flatten(-2) @ self.normalized_weight(self.tau / self.groups).flatten(1).T

    def forward(self, features: Tensor) -> Tensor:
        """Logits, the same in training and at inference; (B, D) -> (B, C)."""
        return self.project(self.normalize(features))

    def factors(self, features: Tensor) -> Factors:
        """The factors of the logits; (B, D) -> (B, D) and (C, D)."""
        weight = self.normalized_weight(self.tau / self.groups)
        return Factors(self.normalize(features).flatten(1), weight.flatten(1))

    def grouped_weight(self) -> Tensor:
        """The raw weights in groups; () -> (C, K, D/K)."""
        return split_groups(self.weight, self.groups)
