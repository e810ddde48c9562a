"""A choice of samples that has every attribute about as often as any other."""

import numpy as np
import torch
from torch import Tensor

from counterpoise.errors import InputError


def attribute_balanced_selection(attributes: Tensor, size: int) -> Tensor:
    """Positions of a subset with a flat histogram of attributes, in the order of choosing; (M, A) -> (size,) int64.

    The greedy rule of MSCOCO-GLT's Test-GBL (Tang et al., ECCV 2022), for the samples of one class, each with any
    number of attributes: again and again the sample is taken that makes the standard deviation of
    ``h / (sum h + 1e-9)`` smallest, h the histogram with it. The first of equal ones wins. Samples without an
    attribute are never taken.

    Args:
        attributes: which attributes a sample has, (M, A) bool; the release takes scores above 0.5.
        size: how many samples to take.

    Raises:
        InputError: fewer samples with an attribute than are wanted.
    """
    marks = attributes.cpu().numpy().astype(np.float64)
    lengths = marks.sum(axis=1)
    candidates = lengths > 0
    if not 0 <= size <= candidates.sum():
        raise InputError(
            f"expected at least {size} samples with an attribute, but {candidates.sum()} came; take fewer"
        )
    histogram, chosen = np.zeros(marks.shape[1]), []
    for _ in range(size):
        chosen.append(flattest(histogram, marks, lengths, candidates))
        candidates[chosen[-1]] = False
        histogram += marks[chosen[-1]]
    return torch.tensor(chosen, dtype=torch.int64)


def flattest(histogram: np.ndarray, marks: np.ndarray, lengths: np.ndarray, candidates: np.ndarray) -> int:
    """The first candidate that makes the histogram flattest; (A,), (M, A), (M,), (M,) bool.

    Squares of sums are whole numbers, found for all by one product; deviations are then compared for the best alone.
    """
    total = histogram.sum() + lengths
    squares = np.square(histogram).sum() + marks @ (2 * histogram) + lengths
    variances = (squares - np.square(total) / len(histogram)) / np.square(total + 1e-9)
    variances[~candidates] = np.inf
    best = np.flatnonzero(variances <= variances.min() * (1 + 1e-9) + 1e-18)
    return int(best[unevenness(histogram + marks[best]).argmin()])


def unevenness(histograms: np.ndarray) -> np.ndarray:
    """Standard deviation of each row's shares; (M, A) -> (M,)."""
    return (histograms / (histograms.sum(axis=1, keepdims=True) + 1e-9)).std(axis=1)
