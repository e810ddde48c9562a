"""Whether two trained methods differ by more than chance: a paired interval over seeds and test images."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

CONFIDENCE = 0.95
"""Ours, the usual one."""


class Difference(NamedTuple):
    """A mean difference of two scores with its confidence interval, all fractions."""

    mean: float
    low: float
    high: float

    @property
    def distinguishable(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


def paired_difference(ours: NDArray, theirs: NDArray, *, confidence: float = CONFIDENCE) -> Difference:
    """How much better one method is than another, on the same S seeds and N test images.

    Seeds and images are both taken as samples of what could have been: the analysis of Obuchowski and Rockette
    (1995) for readers and cases, with seeds in the place of readers and images in that of cases, a Student
    interval, and degrees of freedom as Hillis (2007) derives them. The variance of the mean difference is that
    between seeds, and that between images beyond what seeds and images explain together. It is never taken to
    be smaller than images alone make it. With one seed only the images vary, and the interval leaves out zero
    where McNemar's test (1947) rejects, up to Student's quantile; what another seed would give stays unknown.
    In simulations of equal methods, 3 seeds and more called at most 7 % different, 2 seeds up to 12 %.

    Args:
        ours: what each image adds to the score of each seed of a method, (S, N); the sums are the scores.
        theirs: the same of the other method, for the same seeds and images.
        confidence: share of such intervals that hold the true difference.
    """
    pieces = ours - theirs
    seeds, mean = len(pieces), float(pieces.sum(axis=1).mean())
    squares = pieces.mean(axis=0) ** 2
    images = float(squares.sum())
    if images == 0:
        return Difference(mean, mean, mean)
    several = seeds > 1
    between = float(pieces.sum(axis=1).var(ddof=1)) / seeds if several else 0.0
    together = float(pieces.var(axis=0, ddof=1).sum()) / seeds if several else 0.0
    variance = max(between + max(images - together, 0.0), images)
    doubt = images**2 / max(_effective(squares) - 1, 1.0) + (between**2 / (seeds - 1) if several else 0.0)
    half = float(t.ppf((1 + confidence) / 2, max(variance**2 / doubt, 1.0))) * math.sqrt(variance)
    return Difference(mean, mean - half, mean + half)


def _effective(squares: NDArray) -> float:
    """How many equal terms would be as good as these; images on which the methods agree do not count."""
    return float(squares.sum() ** 2 / np.square(squares).sum())
