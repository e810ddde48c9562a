"""Relevance of targets: which regions of a continuous target are rare and matter."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from counterpoise.errors import InputError

Extremes = Literal["both", "high", "low"]


@dataclass(frozen=True)
class Box:
    """The range of some targets, their median, and the outermost targets that are no outliers (whiskers)."""

    lowest: float
    lower_whisker: float
    median: float
    upper_whisker: float
    highest: float


def relevance_points(targets: Tensor, *, extremes: Extremes = "both", reach: float = 1.5) -> Tensor:
    """Control points (target, relevance, slope) from the box plot of training targets; (N,) -> (3, 3) float64.

    A whisker has relevance 1 where targets lie beyond it, the median 0, and an end of the range without such targets 0
    (Ribeiro & Torgo; Branco et al., SMOGN). All slopes are 0.

    Args:
        targets: training targets, (N,).
        extremes: which ends may be rare.
        reach: length of a whisker in interquartile ranges (released code: 1.5); quartiles are midpoint quantiles.

    Raises:
        InputError: no rare targets at all; then give control points of your own.
    """
    box = _box(targets, reach)
    low = extremes != "high" and box.lowest < box.lower_whisker
    high = extremes != "low" and box.highest > box.upper_whisker
    if not low and not high:
        raise InputError(
            f"no target lies beyond the whiskers at {reach} interquartile ranges, so all have relevance 0; "
            "lower reach, or give control points of your own"
        )
    return torch.tensor(
        [
            [box.lower_whisker if low else box.lowest, float(low), 0.0],
            [box.median, 0.0, 0.0],
            [box.upper_whisker if high else box.highest, float(high), 0.0],
        ],
        dtype=torch.float64,
    )


def relevance(targets: Tensor, points: Tensor) -> Tensor:
    """Relevance by monotone piecewise cubic Hermite interpolation; (N,), (M, 3) -> (N,) float64.

    Slopes are limited as by Fritsch and Carlson. Left of the first point the relevance is 1, as published; right of
    the last one it goes on with the last slope.

    Args:
        targets: any targets, (N,).
        points: control points (target, relevance, slope), rising in the first column, (M, 3).

    Raises:
        InputError: fewer than two points, or points that do not rise.
    """
    x, y, _ = _checked(points).T.contiguous()
    slopes, targets = limited_slopes(points), targets.double().contiguous()
    left = (torch.bucketize(targets, x, right=True) - 1).clamp(0, len(x) - 2)
    width, offset = x[left + 1] - x[left], targets - x[left]
    share, chord = offset / width, (y[left + 1] - y[left]) / width
    bend = 3 * chord - 2 * slopes[left] - slopes[left + 1]
    twist = slopes[left] + slopes[left + 1] - 2 * chord
    inside = y[left] + offset * (slopes[left] + share * (bend + share * twist))
    beyond = y[-1] + slopes[-1] * (targets - x[-1])
    return torch.where(targets < x[0], 1.0, torch.where(targets >= x[-1], beyond, inside))


def limited_slopes(points: Tensor) -> Tensor:
    """Slopes of the control points, limited so that no interval overshoots (Fritsch & Carlson); (M, 3) -> (M,)."""
    x, y, slopes = _checked(points).unbind(dim=1)
    limited = slopes.tolist()
    for k, chord in enumerate((y.diff() / x.diff()).tolist()):
        limited[k : k + 2] = _limited(limited[k], limited[k + 1], chord)
    return torch.tensor(limited, dtype=torch.float64)


@dataclass(frozen=True)
class RelevanceBins:
    """Runs of sorted targets that are all relevant, or all not.

    Attributes:
        starts: index of the first target of each run, (K,) int64.
        lengths: targets of each run, (K,) int64.
        rare: which runs are relevant, (K,) bool.
    """

    starts: Tensor
    lengths: Tensor
    rare: Tensor


def relevance_bins(sorted_relevance: Tensor, *, threshold: float = 0.5) -> RelevanceBins:
    """Cut sorted targets where their relevance crosses a threshold (released code: 0.5); (N,) -> K runs.

    Raises:
        InputError: all targets are on one side of the threshold.
    """
    rare = sorted_relevance >= threshold
    kinds, lengths = rare.unique_consecutive(return_counts=True)
    if len(kinds) < 2:
        side = "above" if bool(rare.all()) else "below"
        raise InputError(
            f"all relevances are {side} the threshold {threshold}, so no region is rarer than another; "
            "change the threshold or the control points"
        )
    return RelevanceBins(lengths.cumsum(0) - lengths, lengths, kinds)


def balanced_shares(lengths: Tensor) -> Tensor:
    """How often to draw each target of a run so that all runs become equally long; (K,) -> (K,) float64.

    ``B / length`` with ``B = round(N / K)``.
    """
    return _mean_length(lengths) / lengths.double()


def extreme_shares(lengths: Tensor) -> Tensor:
    """How often to draw each target of a run so that short runs become the long ones; (K,) -> (K,) float64.

    ``B^2 / length``, scaled to the sum K B and rounded to 2 digits, over the length, rounded to 1 digit as published.
    """
    mean, sizes = _mean_length(lengths), lengths.double()
    wanted = mean**2 / sizes
    wanted = wanted * (len(lengths) * mean / wanted.sum())
    return (wanted.round(decimals=2) / sizes).round(decimals=1)


def _mean_length(lengths: Tensor) -> int:
    return round(int(lengths.sum()) / len(lengths))


def _box(targets: Tensor, reach: float) -> Box:
    values = targets.double().cpu().numpy()
    lower, median, upper = np.quantile(values, [0.25, 0.5, 0.75], method="midpoint")
    margin = reach * (upper - lower)
    inside = values[(values >= lower - margin) & (values <= upper + margin)]
    numbers = (values.min(), inside.min(), median, inside.max(), values.max())
    return Box(*(float(number) for number in numbers))


def _checked(points: Tensor) -> Tensor:
    if points.ndim != 2 or points.shape[1] != 3 or len(points) < 2 or not (points[:, 0].diff() > 0).all():
        raise InputError(
            "control points must be (M, 3) rows of target, relevance and slope, at least two and rising by target, "
            f"but {points.tolist()} came"
        )
    return points.double()


def _limited(first: float, second: float, chord: float) -> tuple[float, float]:
    if chord == 0:
        return 0.0, 0.0
    a, b = first / chord, second / chord
    over, under = 2 * a + b - 3, a + 2 * b - 3
    if over <= 0 or under <= 0 or a * (over + under) >= over**2:
        return first, second
    shrink = 3 * chord / math.hypot(a, b)
    return shrink * a, shrink * b
