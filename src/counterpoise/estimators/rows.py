"""Rows: features as they lie in an array or a file, with targets and weights."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

BLOCK = 8192
MOST_HELD_OUT = 50_000
MARK_BITS = 44


@dataclass(frozen=True)
class Rows:
    """Samples to learn from.

    Attributes:
        features: of all samples, (M, D) of any float type, possibly mapped from a file; they are read where they lie.
        places: where in the features each sample stands, (N,).
        targets: (N,).
        weights: of the samples, (N,) float64, above 0.
    """

    features: np.ndarray
    places: np.ndarray
    targets: Tensor
    weights: Tensor

    def __len__(self) -> int:
        return len(self.places)

    def some(self, which: np.ndarray) -> "Rows":
        """A part of the samples; no feature is read."""
        index = torch.from_numpy(which)
        return Rows(self.features, self.places[which], self.targets[index], self.weights[index])

    def tensor(self, dtype: torch.dtype) -> Tensor:
        """Features of the samples; (N, D)."""
        whole = np.array_equal(self.places, np.arange(len(self.features)))
        return tensor_of(self.features if whole else self.features[self.places], dtype)

    def blocks(self) -> Iterator["Rows"]:
        """All samples in their order, a few thousand at a time."""
        for start in range(0, len(self), BLOCK):
            yield self.some(np.arange(start, min(start + BLOCK, len(self))))


def present_rows(features: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> Rows:
    """The samples with a weight above 0: the others are as good as absent; (M, D), (M,), (M,)."""
    places = np.flatnonzero(weights)
    return Rows(
        features,
        places,
        torch.from_numpy(targets[places]),
        torch.from_numpy(weights[places].astype(np.float64)),
    )


def tensor_of(features: np.ndarray, dtype: torch.dtype) -> Tensor:
    """Features as a tensor that is only read; no copy where the type fits and the array may be written."""
    whole = features if features.flags.writeable else features.copy()
    return torch.from_numpy(np.ascontiguousarray(whole)).to(dtype)


def class_totals(rows: Rows, num_classes: int) -> Tensor:
    """Summed weights of each class; (C,) float64."""
    return torch.bincount(rows.targets, weights=rows.weights, minlength=num_classes)


def held_out(rows: Rows, *, num_classes: int, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the rows to choose on, and of those to learn from.

    Of every class the fraction of its distinct rows is held out, rounded down, and of all classes together no more than
    50,000 (ours). Equal rows of a class stay together: copies do not vouch for each other, and an integer weight is
    the same as repeats. In what is held out each distinct row stands once.

    Args:
        rows: all of them.
        num_classes: number of classes C.
        fraction: of the distinct rows, 0 .. 1; a class with one stays with the rows to learn from.
        seed: another one, other rows.

    Returns:
        (V,) and (M,) numbers of rows, rising.
    """
    first, distinct = distinct_rows(rows, seed)
    labels = rows.targets.numpy()[first]
    sizes = np.bincount(labels, minlength=num_classes)
    wanted = np.minimum((fraction * sizes).astype(int), max(1, MOST_HELD_OUT // num_classes))
    rank = np.arange(len(first)) - (np.cumsum(sizes) - sizes)[labels]
    held = rank < wanted[labels]
    return np.sort(first[held]), np.flatnonzero(~held[distinct])


def distinct_rows(rows: Rows, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Where each distinct row of each class stands first, (U,), class by class; and which one each row is, (N,)."""
    keys = (rows.targets.numpy() << MARK_BITS) | fingerprints(rows, seed)
    _, first, which = np.unique(keys, return_index=True, return_inverse=True)
    return first, which


def fingerprints(rows: Rows, seed: int) -> np.ndarray:
    """A number for each row, the same for equal rows, in an order that the seed decides; -> (N,) int64 of 44 bits."""
    dim, size = rows.features.shape[1], rows.features.dtype.itemsize
    draws = np.random.default_rng(seed)
    factors = draws.integers(1, 2**63, size=dim * max(1, size // 4), dtype=np.uint64) | np.uint64(1)
    marks = [_marks(some.features[some.places], factors) for some in rows.blocks()]
    return np.concatenate(marks).astype(np.int64)


def _marks(block: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Products of the bits of each row with odd numbers, summed up modulo 2^64."""
    bits = np.ascontiguousarray(block).view(np.uint16 if block.dtype.itemsize == 2 else np.uint32)
    return (bits.astype(np.uint64) @ factors) >> np.uint64(64 - MARK_BITS)
