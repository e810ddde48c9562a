"""Conditions put in lines and pairs: what is drawn against what, and what stands beside what."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from counterpoise.report.unlabeled_runs import REST, Condition, Pool


@dataclass(frozen=True)
class Axis:
    """One of the three properties of a pool that an error is drawn against.

    Attributes:
        field: of `Pool`.
        heading: of the section.
        title: of the axis.
        write: a value in words.
        figure: where the paper shows it.
    """

    field: str
    heading: str
    title: str
    write: Callable[[float], str]
    figure: str

    def of(self, pool: Pool) -> float:
        """Its value in a pool."""
        return getattr(pool, self.field)


def _percentage(value: float) -> str:
    return f"{100 * value:g} %"


def _number(value: float) -> str:
    return f"{value:g}".replace("-", "−")


AXES = (
    Axis("relevance", "Error against relevance", "share of relevant images", _percentage, "figure 2"),
    Axis(
        "ratio",
        "Error against imbalance",
        "imbalance ratio of unlabeled images",
        _number,
        "figure 3, table 1",
    ),
    Axis("amount", "Error against amount", "unlabeled images for each labeled one", _number, "appendix E.3"),
)


class Line(NamedTuple):
    """Conditions that differ in one property of their pools alone, in its ascending order."""

    name: str
    conditions: Sequence[Condition]


class Pair(NamedTuple):
    """A composition without unlabeled data, and one that adds these or modifiers, such as pre-training."""

    without: Condition
    added: Condition


def lines(conditions: Sequence[Condition], axis: Axis) -> list[Line]:
    """One line for each composition, or several where the pools also differ in something else."""
    found: dict[tuple[str, Pool], list[Condition]] = {}
    for one in conditions:
        if one.pool.source == REST:
            fixed = one.pool._replace(**{axis.field: None})
            found.setdefault((one.run.name, fixed), []).append(one)
    drawn = {
        key: sorted(many, key=lambda one: axis.of(one.pool)) for key, many in found.items() if len(many) > 1
    }
    told = [other for other in AXES if other != axis and len({other.of(pool) for _, pool in drawn}) > 1]
    return [Line(_line_name(name, pool, told), many) for (name, pool), many in drawn.items()]


def _line_name(name: str, pool: Pool, told: Sequence[Axis]) -> str:
    return ", ".join([name, *(f"{axis.field} {axis.write(axis.of(pool))}" for axis in told)])


def supervised(conditions: Sequence[Condition]) -> list[Condition]:
    """The conditions without unlabeled data."""
    return [one for one in conditions if one.pool.source is None]


def pairs(conditions: Sequence[Condition]) -> list[Pair]:
    """Every composition beside the largest one without unlabeled data that it contains.

    Of several pools of one composition it is that with the lowest error.
    """
    best: dict[tuple[str, bool], Condition] = {}
    for one in conditions:
        key = one.run.name, one.pool.source is None
        if key not in best or (one.error.mean or 0) < (best[key].error.mean or 0):
            best[key] = one
    found = ((_contained(one, supervised(conditions)), one) for one in best.values())
    return [Pair(without, one) for without, one in found if without is not None]


def _contained(one: Condition, bases: Sequence[Condition]) -> Condition | None:
    inside = [
        base for base in bases if base is not one and all(call in one.run.calls for call in base.run.calls)
    ]
    return max(inside, key=lambda base: len(base.run.calls), default=None)


def pool_in_words(pool: Pool) -> str:
    """A pool for people: "without unlabeled data", "unlabeled at hand", "relevance 100 %, ratio 50, amount 5"."""
    if pool.source is None:
        return "without unlabeled data"
    if pool.source != REST:
        return f"unlabeled {Path(pool.source).name}"
    return ", ".join(f"{axis.field} {axis.write(axis.of(pool))}" for axis in AXES)
