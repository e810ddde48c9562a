"""Features in the plane: a joint embedding of all of them, and the regions of a net's decisions between them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.manifold import TSNE
from sklearn.neighbors import KNeighborsClassifier

from counterpoise.errors import InputError

PERPLEXITY = 30.0
"""That of scikit-learn by default; the paper states none. With fewer than 91 points it is a third of their number."""

NEIGHBOURS = 15
"""By so many neighbours a place of the plane is decided (ours)."""

CELLS = 100
"""Cells of the plane along each side (ours)."""

_ROOM = 0.04


class Regions(NamedTuple):
    """Cells of the plane with a class each.

    Attributes:
        x: middles of the columns, (S,).
        y: middles of the rows, (S,).
        classes: class of each cell, (S, S), rows first.
    """

    x: NDArray
    y: NDArray
    classes: NDArray


def embedded(features: NDArray, *, seed: int = 0) -> NDArray:
    """The t-SNE of features (van der Maaten, Hinton, JMLR 2008), begun with their principal components.

    2,000 points of 64 features take about 10 seconds of one core.

    Args:
        features: of all samples that are to share one plane, (N, D).
        seed: of the embedding.

    Returns:
        Places in the plane, (N, 2).

    Raises:
        InputError: fewer than 4 samples or 2 features, one that is not finite, or all the same.
    """
    if features.ndim != 2 or len(features) < 4 or features.shape[1] < 2:
        raise InputError(f"expected at least 4 samples of 2 features, but {features.shape} came")
    if not np.isfinite(features).all() or not np.ptp(features, axis=0).any():
        raise InputError("expected features that are finite and differ, but these cannot be embedded")
    perplexity = min(PERPLEXITY, (len(features) - 1) / 3)
    made = TSNE(perplexity=perplexity, init="pca", random_state=seed)
    return made.fit_transform(features.astype(np.float32))


def regions(points: NDArray, predictions: NDArray) -> Regions:
    """The plane around points, cut into cells, each with the class that most neighbouring points are taken for.

    Args:
        points: (N, 2).
        predictions: class that the net predicts for each, (N,).

    Returns:
        A square of cells around all points.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    half = (high - low).max() * (0.5 + _ROOM)
    x, y = (np.linspace(middle - half, middle + half, CELLS) for middle in (low + high) / 2)
    votes = KNeighborsClassifier(n_neighbors=min(NEIGHBOURS, len(points))).fit(points, predictions)
    cells = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    return Regions(x, y, votes.predict(cells).reshape(CELLS, CELLS))
