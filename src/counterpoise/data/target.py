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
from counterpoise.errors import InputError

Bins = Literal["auto", "integer", "linear", "log", "quantile"]

MOST_INTEGERS = 200
MOST_BINS, FEWEST_BINS, SAMPLES_PER_BIN = 100, 10, 10


@dataclass(frozen=True)
class Target:
    """What is known about a continuous target.

    Attributes:
        name: of its column.
        edges: C + 1 rising edges of the bins, float32 numbers as the targets are; see `counterpoise.bins`.
        mean: of the training targets.
        std: of the training targets, above 0.
    """

    name: str
    edges: tuple[float, ...]
    mean: float
    std: float

    @property
    def edge_tensor(self) -> Tensor:
        """The edges; (C + 1,) float64."""
        return torch.tensor(self.edges, dtype=torch.float64)

    def classes(self, values: Tensor) -> Tensor:
        """The bin of each value; (N,) -> (N,) int64."""
        return class_of(values, self.edge_tensor)

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


def target_of(name: str, values: Tensor, *, bins: Bins = "auto", num_bins: int | None = None) -> Target:
    """A target with bins over the range of its training values.

    Args:
        name: of its column.
        values: training targets, (N,).
        bins: "integer" is one bin for each whole number; "linear" bins are equally wide, "log" bins each as many
            times wider than the one before (from the smallest value above 0, with a bin for 0 where one is 0), and
            "quantile" bins hold equally many training targets. "auto" is integer for whole numbers that span at most
            200 of them, such as ages, else linear (ours).
        num_bins: how many; None takes one for every 10 training samples, at least 10 and at most 100 (ours; the paper
            on hierarchical classification has 100).

    Raises:
        InputError: the values are all equal, or do not fit the bins that were asked for.
    """
    lowest, highest = values.min().item(), values.max().item()
    if not lowest < highest:
        raise InputError(
            f"expected a target that varies, but {name!r} is {lowest:g} in all {len(values)} training samples; name "
            "another column with --target"
        )
    edges = checked_edges(_edges(name, values.double(), bins, num_bins).float().double())
    return Target(name, tuple(edges.tolist()), values.double().mean().item(), values.double().std().item())


def _edges(name: str, values: Tensor, bins: Bins, num_bins: int | None) -> Tensor:
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
    return quantile_edges(values, number) if bins == "quantile" else _log_edges(name, values, number)


def _require_integers(name: str, whole: bool, num_bins: int | None) -> None:
    for wrong in _wrong_integers(name, whole, num_bins):
        raise InputError(f"--bins integer makes one bin for each whole number, but {wrong}")


def _wrong_integers(name: str, whole: bool, num_bins: int | None) -> Iterator[str]:
    if not whole:
        yield f"{name!r} has fractions; use --bins linear"
    if num_bins is not None:
        yield f"--num-bins {num_bins} came too; leave it out, or use --bins linear"


def _log_edges(name: str, values: Tensor, number: int) -> Tensor:
    if values.min() < 0:
        raise InputError(
            f"--bins log needs targets from 0, but {name!r} has {values.min().item():g}; use linear"
        )
    if values.min() > 0:
        return logarithmic_edges(values.min().item(), values.max().item(), number)
    positive = values[values > 0]
    if positive.min() == positive.max():
        raise InputError(f"--bins log needs two different targets above 0, but {name!r} has one; use linear")
    return with_zero_class(
        logarithmic_edges(positive.min().item(), positive.max().item(), max(number - 1, 1))
    )
