"""Hierarchies of classes: levels of coarser classes over C finest ones that have an order.

A hierarchy of H levels is a plain tensor ``levels``, (H, C) int64: row h names, for each finest class, the class of
level h that holds it. Coarse levels come first, the last row is 0 .. C - 1, and a class holds neighbours only. This
says what the transition matrices of the paper say (Xiong, Yao, CVPR 2024), see `transition_matrix`, in C numbers for
a level.

Scores of all levels stand in one tensor, (B, S) with ``S = sum of C_h``, level after level.
"""

from collections.abc import Callable
from itertools import accumulate

import torch
import torch.nn.functional as F
from torch import Tensor

from counterpoise.bins import class_means
from counterpoise.errors import InputError


def equal_number_split(weights: Tensor, num_levels: int) -> Tensor:
    """Levels whose classes are halved by weight, from one level to the next; (C,) -> levels (H, C).

    The paper's split, as its release does it: a class is cut at the edge at which the weight to its left comes
    nearest to half (the first of equals), and where bins without weight lie at the cut, they go to the left. Both
    sides have weight. A class with one bin of weight stays as it is, so a level may have far fewer than 2^h classes,
    and may be the same as the one before: see `distinct_levels`.

    Args:
        weights: of each finest class, (C,): its training samples n in the paper; the released code has sqrt(n).
        num_levels: number of levels H with the finest; 7 in the paper.

    Raises:
        InputError: no level, negative weights, or none above 0.
    """
    if weights.ndim != 1 or not (weights >= 0).all() or not 0 < weights.sum() < torch.inf:
        raise InputError(
            f"weights must be (C,) finite numbers from 0 with a sum above 0, but {weights.tolist()} came; give the "
            "training samples of each bin"
        )
    numbers = weights.double().tolist()

    def cut(start: int, end: int) -> int:
        filled = [bin for bin in range(start, end) if numbers[bin] > 0]
        if len(filled) < 2:
            return start
        running = list(accumulate(numbers[bin] for bin in filled))
        nearest = min(range(len(filled)), key=lambda place: abs(running[place] - running[-1] / 2))
        return filled[min(nearest + 1, len(filled) - 1)]

    return _split(cut, len(numbers), num_levels)


def equal_length_split(edges: Tensor, num_levels: int) -> Tensor:
    """Levels whose classes are halved by the range of their values, whatever is in it; (C + 1,) -> levels (H, C).

    The alternative of the paper's table 2, which is not released. A class is cut at the edge nearest to its middle, the
    lower of equals (ours), in the unit of the edges: logarithmic ones are not equally spaced in it.

    Args:
        edges: of the finest classes, rising, (C + 1,).
        num_levels: number of levels H with the finest; 7 in the paper.

    Raises:
        InputError: no level.
    """
    places = edges.double().tolist()

    def cut(start: int, end: int) -> int:
        middle = (places[start] + places[end]) / 2
        return min(range(start + 1, end), key=lambda edge: abs(places[edge] - middle), default=start)

    return _split(cut, len(places) - 1, num_levels)


def _split(cut: Callable[[int, int], int], num_classes: int, num_levels: int) -> Tensor:
    """Every level cuts each class of the one before once; a cut at its start is none."""
    if num_levels < 1:
        raise InputError(f"a hierarchy has one level or more, but {num_levels} came; the paper has 7")
    starts, rows = [0], []
    for _ in range(num_levels - 1):
        starts = sorted({*starts, *map(cut, starts, [*starts[1:], num_classes])})
        rows.append(torch.bincount(torch.tensor(starts), minlength=num_classes).cumsum(0) - 1)
    return torch.stack([*rows, torch.arange(num_classes)])


def distinct_levels(levels: Tensor) -> Tensor:
    """The levels that differ from the one before and have two classes or more; (H, C) -> (up to H, C)."""
    before = torch.cat([torch.zeros_like(levels[:1]), levels[:-1]])
    return levels[(levels != before).any(dim=1)]


def checked_levels(levels: Tensor) -> Tensor:
    """The levels as they came.

    Raises:
        InputError: not (H, C) whole numbers of two classes or more, a class that is empty or holds others than
            neighbours, or a last level that is not the finest.
    """
    ordered = levels.ndim == 2 and not levels.is_floating_point() and levels.numel() > 0
    steps = levels.diff(dim=1) if ordered else levels
    if not ordered or levels[:, 0].any() or not ((steps == 0) | (steps == 1)).all():
        raise InputError(
            "levels must be (H, C) whole numbers that begin with 0 in each row and rise by 0 or 1, but "
            f"{levels.tolist()} came; make them with equal_number_split"
        )
    if levels.shape[1] < 2 or not (steps[-1] == 1).all():
        raise InputError(
            f"the last row of levels must be the finest level, 0 .. C - 1 with two classes or more, but "
            f"{levels[-1].tolist()} came; make them with equal_number_split"
        )
    return levels.long()


def level_sizes(levels: Tensor) -> list[int]:
    """Number of classes C_h of each level; (H, C) -> H numbers."""
    return (levels[:, -1] + 1).tolist()


def stacked(levels: Tensor) -> Tensor:
    """Where the class of each level and finest class stands in the scores of all levels; (H, C) -> (H * C,)."""
    sizes = levels[:, -1:] + 1
    return (levels + sizes.cumsum(0) - sizes).flatten()


def transition_matrix(group: Tensor) -> Tensor:
    """The paper's T_h: 1 where coarse class v holds finest class u; one row of levels, (C,) -> (C_h, C) float32."""
    return F.one_hot(group).T.float()


def level_edges(edges: Tensor, group: Tensor) -> Tensor:
    """Edges of the classes of a level; (C + 1,), (C,) -> (C_h + 1,)."""
    begins = torch.cat([group.new_ones(1), group.diff(), group.new_ones(1)])
    return edges[begins > 0]


def level_means(values: Tensor, edges: Tensor, levels: Tensor) -> Tensor:
    """What the classes of all levels stand for: the mean of their training targets, `class_means`; -> (S,).

    The release has midpoints for the coarse levels: ``midpoints(level_edges(edges, level))``.

    Args:
        values: training targets, (N,).
        edges: of the finest classes, (C + 1,).
        levels: the hierarchy, (H, C).
    """
    return torch.cat([class_means(values, level_edges(edges, level)) for level in levels])


def level_labels(labels: Tensor, levels: Tensor) -> Tensor:
    """Labels of all levels: the share of a class is the sum over its finest classes; (N, C), (H, C) -> (N, S).

    So the levels cannot contradict each other (ours): the paper smooths all, and does not say how.
    """
    index = stacked(levels)
    zeros = labels.new_zeros(len(labels), sum(level_sizes(levels)))
    return zeros.index_add_(1, index, labels.repeat(1, len(levels)))
