"""Made-up data with a tail, for all tests of estimators."""

# ruff: noqa: N806 - X is scikit-learn's name

import numpy as np
from sklearn.datasets import make_blobs

CENTERS = np.array([[0.0, 0.0, 1.0], [2.5, 0.0, 1.0], [0.0, 2.5, 1.0]])


def blobs(counts: tuple[int, ...] = (300, 60, 12), seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Three overlapping classes of three features, shuffled."""
    X, y, *_ = make_blobs(list(counts), centers=CENTERS, random_state=seed)
    return X, y


def balanced(seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """A balanced test set of them."""
    return blobs((300, 300, 300), seed)
