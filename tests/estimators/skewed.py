"""A skewed target that a line cannot reach, for tests of regressors."""

import numpy as np


def skewed(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    draws = np.random.default_rng(seed)
    y = draws.exponential(1.0, 800)
    noisy = y[:, None] + draws.normal(size=(800, 4)) * 1.0
    return noisy, y


def balanced_error(y: np.ndarray, answers: np.ndarray) -> float:
    """Mean over bins of the target of the mean absolute error."""
    bins = np.minimum(y, 4).astype(int)
    return float(np.mean([np.abs(y - answers)[bins == b].mean() for b in np.unique(bins)]))
