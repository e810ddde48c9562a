"""A continuous target: what it is called, and how its values are cut into bins, which stand where classes do."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor

from counterpoise.bins import (
    checked_edges,
    class_of,
    integer_edges,
    linear_edges,
    logarithmic_edges,
    quantile_edges,
    with_zero_class,
)
from counterpoise.data.grid import Grid
from counterpoise.data.outputs import Outputs
from counterpoise.errors import InputError

Bins = Literal["auto", "integer", "linear", "log", "quantile"]

MOST_INTEGERS = 200
MOST_BINS, FEWEST_BINS, SAMPLES_PER_BIN = 100, 10, 10
LEAST_COUNT = 5e-3


@dataclass(frozen=True)
class Target:
    """What is known about a continuous target.

    Attributes:
        name: of its column.
        edges: C + 1 rising edges of the bins, float32 numbers as the targets are; see `counterpoise.bins`.
        mean: of the training targets.
        std: of the training targets, above 0.
        grid: the places of an image that have a value each; None where a sample has one value.
        outputs: the several targets of a sample, whose values are then in standard deviations of each.
    """

    name: str
    edges: tuple[float, ...]
    mean: float
    std: float
    grid: Grid | None = None
    outputs: Outputs | None = None

    @property
    def has_one(self) -> bool:
        """Whether a sample has one value."""
        return self.grid is None and self.outputs is None

    @property
    def edge_tensor(self) -> Tensor:
        """The edges; (C + 1,) float64."""
        return torch.tensor(self.edges, dtype=torch.float64)

    def values(self, targets: Tensor) -> Tensor:
        """The values that a net learns; (N,) as they are, of maps (N, h, w) the known ones (M,), (N, T) -> (N * T,)."""
        return self.grid.known(targets) if self.grid and targets.ndim > 1 else targets.flatten()

    def classes(self, targets: Tensor) -> Tensor:
        """The bin of each of these values; (N,) -> (N,) int64, of maps (N, h, w) -> (M,), (N, T) -> (N * T,)."""
        return class_of(self.values(targets), self.edge_tensor)

    @property
    def bin_names(self) -> tuple[str, ...]:
        """Names such as "37" around whole numbers, else "12.5 .. 13", with as many digits as tell the bins apart."""
        if all(float(edge - 0.5).is_integer() for edge in self.edges) and self._has_unit_bins:
            return tuple(str(round(edge + 0.5)) for edge in self.edges[:-1])
        digits = next(d for d in range(3, 18) if _differ(self.edges, d))
        return tuple(f"{low:.{digits}g} .. {high:.{digits}g}" for low, high in pairwise(self.edges))

    @property
    def _has_unit_bins(self) -> bool:
        return all(high - low == 1 for low, high in pairwise(self.edges))


def _differ(edges: tuple[float, ...], digits: int) -> bool:
    return len({f"{edge:.{digits}g}" for edge in edges}) == len(edges)


def target_of(
    name: str, targets: Tensor, *, bins: Bins = "auto", num_bins: int | None = None, grid: Grid | None = None
) -> Target:
    """A target with bins over the range of its training values.

    Args:
        name: of its column.
        targets: training targets, (N,), or with a grid (N, h, w).
        bins: "integer" is one bin for each whole number; "linear" bins are equally wide, "log" bins each as many
            times wider than the one before (from the smallest value above 0, with a bin for 0 where one is 0; counts
            of a grid from 0.005, as in the papers), and "quantile" bins hold equally many training targets. "auto" is
            log for a grid, integer for whole numbers that span at most 200 of them, such as ages, else linear (ours).
        num_bins: how many; None takes one for every 10 training samples or places, at least 10 and at most 100 (ours;
            the paper on hierarchical classification has 100).
        grid: of the places of an image, where they have a value each.

    Raises:
        InputError: the values are all equal, or do not fit the bins that were asked for.
    """
    values = grid.known(targets) if grid else targets
    lowest, highest = values.min().item(), values.max().item()
    if not lowest < highest:
        where = f"places of all {len(targets)} training images" if grid else f"{len(values)} training samples"
        raise InputError(
            f"expected a target that varies, but {name!r} is {lowest:g} in all {where}; name another "
            "column with --target"
        )
    if grid and bins == "auto":
        bins = "log"
    least = LEAST_COUNT if grid and grid.counts else None
    edges = checked_edges(_edges(name, values.double(), bins, num_bins, least).float().double())
    mean, std = values.double().mean().item(), values.double().std().item()
    return Target(name, tuple(edges.tolist()), mean, std, grid)


def _edges(name: str, values: Tensor, bins: Bins, num_bins: int | None, least: float | None) -> Tensor:
    lowest, highest = values.min().item(), values.max().item()
    whole = bool((values == values.round()).all())
    if bins == "auto":
        bins = "integer" if whole and highest - lowest < MOST_INTEGERS and num_bins is None else "linear"
    if bins == "integer":
        _require_integers(name, whole, num_bins)
        return integer_edges(round(lowest), round(highest))
    number = num_bins or min(max(len(values) // SAMPLES_PER_BIN, FEWEST_BINS), MOST_BINS)
    if bins == "linear":
        return linear_edges(lowest, highest, number)
    return quantile_edges(values, number) if bins == "quantile" else _log_edges(name, values, number, least)


def _require_integers(name: str, whole: bool, num_bins: int | None) -> None:
    for wrong in _wrong_integers(name, whole, num_bins):
        raise InputError(f"--bins integer makes one bin for each whole number, but {wrong}")


def _wrong_integers(name: str, whole: bool, num_bins: int | None) -> Iterator[str]:
    if not whole:
        yield f"{name!r} has fractions; use --bins linear"
    if num_bins is not None:
        yield f"--num-bins {num_bins} came too; leave it out, or use --bins linear"


def _log_edges(name: str, values: Tensor, number: int, least: float | None) -> Tensor:
    if values.min() < 0:
        raise InputError(
            f"--bins log needs targets from 0, but {name!r} has {values.min().item():g}; use linear"
        )
    if values.min() > 0 and least is None:
        return logarithmic_edges(values.min().item(), values.max().item(), number)
    lowest, highest = least or values[values > 0].min().item(), values.max().item()
    if not lowest < highest:
        raise InputError(f"--bins log needs two different targets above 0, but {name!r} has one; use linear")
    return with_zero_class(logarithmic_edges(lowest, highest, max(number - 1, 1)))
