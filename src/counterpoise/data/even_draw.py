"""A few samples of a split, of every class as many."""

import torch
from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.seeds import generator_of


def draw_evenly(targets: Tensor, most: int, *, seed: int = 0) -> Tensor:
    """Positions of samples of which every class has as many as any other, or all that it has; (N,) -> (M,), ascending.

    M is the smaller of ``most`` and N. In the last round, where not every class can give one more, chance decides.

    Args:
        targets: class of each sample, (N,).
        most: how many samples are drawn at most.
        seed: of the draw.

    Raises:
        InputError: ``most`` is below 1.
    """
    if most < 1:
        raise InputError(f"expected to draw at least 1 sample, but {most} came")
    shuffled = torch.randperm(len(targets), generator=generator_of((seed,)))
    rounds = occurrences(targets[shuffled])
    return shuffled[rounds.argsort(stable=True)[:most]].sort().values


def occurrences(targets: Tensor) -> Tensor:
    """How many samples of the same class came before each one; (N,) -> (N,)."""
    order = targets.argsort(stable=True)
    counts = torch.bincount(targets)
    starts = (counts.cumsum(0) - counts)[targets[order]]
    found = torch.empty_like(order)
    found[order] = torch.arange(len(targets)) - starts
    return found
