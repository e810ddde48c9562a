"""Class counts: the one fact about a long tail that parts may need, passed explicitly as a (C,) tensor."""

import torch
from torch import Tensor

from counterpoise.errors import InputError


def count_classes(targets: Tensor, num_classes: int) -> Tensor:
    """How many samples each class has; (N,) labels -> (C,) int64.

    Raises:
        InputError: a label lies outside 0 .. C-1.
    """
    if targets.numel() and (targets.min() < 0 or targets.max() >= num_classes):
        raise InputError(
            f"labels must lie in 0 .. {num_classes - 1}, but {int(targets.min())} .. {int(targets.max())} "
            "came; renumber the labels or raise the number of classes"
        )
    return torch.bincount(targets, minlength=num_classes)


def class_prior(class_counts: Tensor) -> Tensor:
    """Share of each class; (C,) counts -> (C,) float32 that sums to 1."""
    return class_counts.float() / class_counts.sum()


def uniform_prior(num_classes: int) -> Tensor:
    """The prior of a balanced test set; (C,) float32."""
    return torch.full((num_classes,), 1.0 / num_classes)
