"""Bins: how a continuous target becomes one of C classes, and a class a value again.

C classes have C + 1 edges, a plain float64 tensor. Class c holds the values from edge c up to, but without, edge c + 1;
the papers write the intervals the other way round, their codes do it like this. The outer edges bound no class: smaller
values belong to the first, larger ones to the last. They matter for midpoints alone.
"""

import math

import torch
from torch import Tensor

from counterpoise.errors import InputError


def linear_edges(lowest: float, highest: float, num_classes: int) -> Tensor:
    """Edges of C classes of equal width from ``lowest`` to ``highest``; -> (C + 1,).

    Raises:
        InputError: no class, or ``lowest`` is not below ``highest``.
    """
    _check_span(lowest, highest, num_classes)
    return torch.linspace(lowest, highest, num_classes + 1, dtype=torch.float64)


def logarithmic_edges(lowest: float, highest: float, num_classes: int) -> Tensor:
    """Edges of C classes, each as many times wider than the one before, from ``lowest`` to ``highest``; -> (C + 1,).

    The hierarchical classifiers for counts and depths (Xiong, Yao, CVPR 2024) have 100 classes of this kind. Their
    first class for counts holds what is below ``lowest``, 0.005: see `with_zero_class`.

    Raises:
        InputError: no class, ``lowest`` is not above 0, or not below ``highest``.
    """
    _check_span(lowest, highest, num_classes)
    if not lowest > 0:
        raise InputError(
            f"logarithmic edges must begin above 0, but {lowest} came; begin at the smallest value that matters, and "
            "put with_zero_class in front of it"
        )
    ends = torch.tensor([lowest, highest], dtype=torch.float64)
    edges = torch.linspace(math.log(lowest), math.log(highest), num_classes + 1, dtype=torch.float64).exp()
    edges[[0, -1]] = ends
    return edges


def integer_edges(lowest: int, highest: int) -> Tensor:
    """Edges of one class for each whole number, such as an age, half-way between the numbers; -> (C + 1,).

    The midpoints of the classes are the numbers. The papers have ages 0 .. 120, which are 121 classes.

    Raises:
        InputError: ``lowest`` is above ``highest``.
    """
    return linear_edges(lowest - 0.5, highest + 0.5, highest - lowest + 1)


def quantile_edges(values: Tensor, num_classes: int) -> Tensor:
    """Edges between which lie equally many of the values; (N,) -> (C + 1,).

    Where more values are equal than one class may hold, neighbouring edges fall together and are one, so there may be
    fewer classes than asked for (ours).

    Raises:
        InputError: no class, or all values are equal, or there are none.
    """
    values = values.double()
    if not (num_classes >= 1 and values.numel() and values.min() < values.max()):
        raise InputError(
            f"quantile edges need a class or more and two different values, but {num_classes} classes and "
            f"{values.unique().numel()} different values came; give the training targets"
        )
    ordered = values.flatten().sort().values
    places = torch.linspace(0, len(ordered) - 1, num_classes + 1, dtype=torch.float64)
    below = places.floor().long()
    above = (below + 1).clamp(max=len(ordered) - 1)
    return torch.lerp(ordered[below], ordered[above], places - below).unique()


def with_zero_class(edges: Tensor) -> Tensor:
    """The same classes after one that reaches from 0 to the first edge, as released for counts; (C + 1,) -> (C + 2,).

    Raises:
        InputError: the first edge is not above 0.
    """
    return checked_edges(torch.cat([edges.new_zeros(1), edges]))


def class_of(values: Tensor, edges: Tensor) -> Tensor:
    """The class of each value: how many inner edges are not above it; (...), (C + 1,) -> (...) int64.

    Raises:
        InputError: a value is not a number.
    """
    if values.isnan().any():
        raise InputError("values must be numbers to have a class, but nan came; drop such samples")
    return torch.bucketize(values.to(edges.dtype).contiguous(), edges[1:-1].contiguous(), right=True)


def midpoints(edges: Tensor) -> Tensor:
    """The middle of each class; (C + 1,) -> (C,)."""
    return (edges[:-1] + edges[1:]) / 2


def enclosing_midpoints(values: Tensor, edges: Tensor) -> Tensor:
    """The middle of each class, moved out to the lowest and the highest value where those lie beyond all middles.

    (N,), (C + 1,) -> (C,).

    Raises:
        InputError: a value is not a number.
    """
    classes, middle = class_of(values, edges), midpoints(edges)
    first, last = classes.min(), classes.max()
    middle[first] = torch.minimum(middle[first], values.min())
    middle[last] = torch.maximum(middle[last], values.max())
    return middle


def class_means(values: Tensor, edges: Tensor) -> Tensor:
    """The mean of the values of each class, its midpoint where it has none; (N,), (C + 1,) -> (C,).

    These are the representatives of the paper; of values far beyond the outer edges the mean is outside too.

    Raises:
        InputError: a value is not a number.
    """
    classes, middle = class_of(values, edges), midpoints(edges)
    sums = torch.zeros_like(middle).index_add_(0, classes, values.to(middle.dtype))
    counts = torch.bincount(classes, minlength=len(middle))
    return torch.where(counts > 0, sums / counts, middle)


def with_zero_first(representatives: Tensor) -> Tensor:
    """The same values, but the first class means nothing at all: 0, as in the releases for counts; (C,) -> (C,)."""
    return torch.cat([representatives.new_zeros(1), representatives[1:]])


def checked_edges(edges: Tensor) -> Tensor:
    """The edges as they came.

    Raises:
        InputError: fewer than two, or one that is not above the one before.
    """
    if edges.ndim != 1 or len(edges) < 2 or not (edges.diff() > 0).all():
        raise InputError(
            f"edges must be (C + 1,) rising numbers, but {edges.tolist()} came; make them with linear_edges"
        )
    return edges


def _check_span(lowest: float, highest: float, num_classes: int) -> None:
    if num_classes < 1 or not lowest < highest:
        raise InputError(
            f"bins need one class or more from a lowest to a higher value, but {num_classes} classes from {lowest} "
            f"to {highest} came"
        )
