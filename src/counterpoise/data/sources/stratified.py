"""Stratified splits: each class shared out by itself, with a seed."""

import numpy as np
import torch
from torch import Tensor

VAL_SHARE = 0.1
TEST_SHARE = 0.2


def three_way(targets: Tensor, *, seed: int) -> dict[str, Tensor]:
    """Positions of a train, val and test split of about 70, 10 and 20 percent of each class.

    Shares are rounded; every class keeps at least one sample in train. A class of one sample is in train
    alone, one of two gives one to test, one of three or more gives at least one to test and one to val.

    Args:
        targets: (N,) classes, or (N, C) marks, which are shared out by `strata`.
        seed: of the shuffle inside each class.

    Returns:
        Ascending positions by name of split; a split that would be empty is left out.
    """
    parts: dict[str, list[np.ndarray]] = {"train": [], "val": [], "test": []}
    for positions in _shuffled_classes(targets, seed):
        test = _share(len(positions), TEST_SHARE, smallest=2)
        val = _share(len(positions), VAL_SHARE, smallest=3)
        for split, part in zip(
            ("test", "val", "train"), np.split(positions, [test, test + val]), strict=True
        ):
            parts[split].append(part)
    joined = {split: _ascending(part) for split, part in parts.items()}
    return {split: positions for split, positions in joined.items() if len(positions)}


def set_aside(targets: Tensor, share: float, *, seed: int) -> tuple[Tensor, Tensor]:
    """Positions that remain, and positions of ``share`` of each class, both ascending.

    Shares are rounded; a class of fewer than three samples gives none, any other at least one, never all. Samples
    with several labels are shared out by `strata`.
    """
    remaining, aside = [], []
    for positions in _shuffled_classes(targets, seed):
        count = _share(len(positions), share, smallest=3)
        aside.append(positions[:count])
        remaining.append(positions[count:])
    return _ascending(remaining), _ascending(aside)


def strata(targets: Tensor) -> Tensor:
    """The class by which each sample is shared out; (N,) classes as they are, (N, C) marks -> (N,).

    Of several labels the rarest counts (ours; iterative stratification begins with it too), and samples without a
    label are a class of their own, number C.
    """
    if targets.ndim == 1:
        return targets
    counts = targets.sum(dim=0, dtype=torch.int64)
    never = torch.iinfo(torch.int64).max
    rarity = torch.where(targets, counts, never)
    return torch.where(targets.any(dim=1), rarity.argmin(dim=1), targets.shape[1])


def tenths(values: Tensor) -> Tensor:
    """The tenth of the samples in which each lies by its value; (N,) -> (N,) int64."""
    return values.argsort(stable=True).argsort() * min(10, len(values)) // len(values)


def _share(size: int, share: float, *, smallest: int) -> int:
    return min(max(1, round(share * size)), size - 1) if size >= smallest else 0


def _shuffled_classes(targets: Tensor, seed: int) -> list[np.ndarray]:
    labels, generator = strata(targets).numpy(), np.random.default_rng(seed)
    return [generator.permutation(np.flatnonzero(labels == label)) for label in np.unique(labels)]


def _ascending(parts: list[np.ndarray]) -> Tensor:
    return torch.from_numpy(np.sort(np.concatenate(parts))).long()
