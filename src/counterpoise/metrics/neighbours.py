"""Whether rare test samples lie among frequent training samples in the space of the features."""

from typing import NamedTuple

import torch
from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.metrics.shots import ShotGroups

CHUNK = 1024
"""Test samples whose distances are in memory at once (ours)."""


class Leakage(NamedTuple):
    """Where the nearest training neighbours of few-shot test samples belong, as shares of these samples.

    Attributes:
        head: to a many-shot class.
        own: to the class of the sample itself.
        samples: how many few-shot test samples there are.
    """

    head: float
    own: float
    samples: int


def nearest_neighbours(features: Tensor, others: Tensor) -> Tensor:
    """Position of the nearest other row by Euclidean distance, the first of equals; (M, D), (N, D) -> (M,)."""
    found = [torch.cdist(part, others).argmin(dim=1) for part in features.split(CHUNK)]
    return torch.cat(found) if found else torch.zeros(0, dtype=torch.int64)


@torch.no_grad()
def leakage(
    features: Tensor, targets: Tensor, train_features: Tensor, train_targets: Tensor, groups: ShotGroups
) -> Leakage | None:
    """How many few-shot test samples have a many-shot class as their nearest training neighbour.

    It puts a number on what figures 1 and 4 of Yang and Xu (NeurIPS 2020) show of tail classes; the number itself and
    the Euclidean distance are ours.

    Args:
        features: of test samples, (M, D).
        targets: their classes, (M,).
        train_features: of training samples, (N, D).
        train_targets: their classes, (N,).
        groups: of the classes by their training counts.

    Returns:
        The shares, or None where no test sample is few-shot.

    Raises:
        InputError: there is no training sample, or features differ in size.
    """
    if not len(train_features) or features.shape[1:] != train_features.shape[1:]:
        raise InputError(
            f"expected features of test and training samples of one size, but {tuple(features.shape)} and "
            f"{tuple(train_features.shape)} came; take both from the same net"
        )
    tail = groups.few[targets]
    if not tail.any():
        return None
    found = train_targets[nearest_neighbours(features[tail], train_features)]
    head, own = groups.many[found], found == targets[tail]
    return Leakage(head.double().mean().item(), own.double().mean().item(), len(found))
