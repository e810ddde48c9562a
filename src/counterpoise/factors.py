"""Logits before they are multiplied out, for as many classes as memory has no room for the logits of a batch."""

from typing import NamedTuple, Protocol, runtime_checkable

import torch.nn.functional as F
from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.net import Classifier


class Factors(NamedTuple):
    """What is multiplied to logits: ``features @ weight.T + bias``.

    Attributes:
        features: (B, D).
        weight: (C, D).
        bias: (C,), or None.
    """

    features: Tensor
    weight: Tensor
    bias: Tensor | None = None

    def logits(self) -> Tensor:
        """The product, (B, C)."""
        return F.linear(self.features, self.weight, self.bias)


@runtime_checkable
class Factored(Protocol):
    """The ability of a classifier to tell its logits as a product."""

    def factors(self, features: Tensor) -> Factors:
        """The factors of the logits; (B, D) -> (B, D), (C, D) and a bias."""
        ...


def factored(classifier: Classifier) -> Factored:
    """The classifier, if it can tell its logits as a product.

    Raises:
        InputError: it cannot.
    """
    if not isinstance(classifier, Factored):
        raise InputError(
            "logits in chunks need a classifier whose logits are one product (linear, cosine, capsule or deconfound), "
            f"but {type(classifier).__name__} has none; leave chunked_logits out"
        )
    return classifier
