"""Figures of several runs side by side."""

from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise
from statistics import fmean
from typing import Any

import plotly.graph_objects as go

from counterpoise.report.class_row import ClassRow, counts_over_accuracies
from counterpoise.report.compared import ComparedRun
from counterpoise.report.evaluation import SCORES
from counterpoise.report.spread import Spread, spread
from counterpoise.report.style import (
    INK,
    LABELLED_CLASSES,
    MUTED,
    in_percent,
    marker_size,
    panel,
    percent_axis,
    run_colour,
)

MOST_BARS = 6
"""Beyond this many runs their bars would repeat colours (ours)."""

BINS = 20
"""Into so many runs of neighbouring classes a long row of classes is cut (ours)."""

_SYMBOLS = ("circle", "circle-open", "square", "square-open")


def run_symbol(position: int) -> str:
    """Marker of a run; it changes where the colours repeat."""
    return _SYMBOLS[position // 6 % len(_SYMBOLS)]


def run_bars(runs: Sequence[ComparedRun]) -> go.Figure:
    """Mean accuracy of each group and run; the whisker is one standard deviation over the seeds."""
    figure = panel(360, barmode="group", bargroupgap=0.08, bargap=0.24)
    for position, run in enumerate(runs):
        spreads = [run.score(score) for score in SCORES]
        figure.add_bar(
            name=escape(run.name),
            x=[score.capitalize() for score in SCORES],
            y=in_percent(one.mean or 0 for one in spreads),
            error_y={"array": _deviations(spreads), "color": INK, "thickness": 1.2, "width": 4},
            marker_color=run_colour(position),
            customdata=[str(one) for one in spreads],
            hovertemplate="%{fullData.name}<br>%{x} %{customdata}<extra></extra>",
        )
    return figure.update_yaxes(percent_axis("accuracy"))


def _deviations(spreads: Sequence[Spread]) -> list[float]:
    return [100 * (one.deviation or 0) for one in spreads]


def trade_off(runs: Sequence[ComparedRun]) -> go.Figure | None:
    """Many-shot against few-shot accuracy; a dotted line joins the runs that none beats in both.

    None where no class is many-shot or none is few-shot. Whiskers are one standard deviation over the seeds.
    """
    many, few = ([run.score(score) for run in runs] for score in ("many", "few"))
    if None in {one.mean for one in (*many, *few)}:
        return None
    points = list(zip(_means(many), _means(few), strict=True))
    front = pareto_front(points)
    figure = panel(460)
    line = {"color": MUTED, "width": 1.5, "dash": "dot"}
    xs, ys = zip(*(points[position] for position in front), strict=True)
    figure.add_scatter(x=xs, y=ys, mode="lines", line=line, hoverinfo="skip")
    names = _names_at(points, runs, front)
    for position, run in enumerate(runs):
        figure.add_trace(_trade(run, position, many[position], few[position], names.get(position, "")))
    figure.update_xaxes(_framed("many-shot accuracy", many, 0.22), showgrid=False)
    return figure.update_yaxes(_framed("few-shot accuracy", few, 0.14))


def pareto_front(points: Sequence[tuple[float, float]]) -> list[int]:
    """Positions of the points that no other exceeds in one coordinate without falling behind in the other.

    From the lowest to the highest first coordinate.
    """
    beaten = {
        position
        for position, (x, y) in enumerate(points)
        if any(a >= x and b >= y and (a, b) != (x, y) for a, b in points)
    }
    return sorted(set(range(len(points))) - beaten, key=lambda position: points[position])


def _means(spreads: Sequence[Spread]) -> list[float]:
    return [round(100 * (one.mean or 0), 2) for one in spreads]


def _names_at(
    points: Sequence[tuple[float, float]], runs: Sequence[ComparedRun], front: Sequence[int]
) -> dict[int, str]:
    """What is written beside the points of the front: where several are one, all names beside the first."""
    names: dict[tuple[float, float], list[str]] = {}
    for position in front:
        names.setdefault(points[position], []).append(escape(runs[position].name))
    return {points.index(point): ", ".join(together) for point, together in names.items()}


def _trade(run: ComparedRun, position: int, many: Spread, few: Spread, label: str) -> go.Scatter:
    whisker = {"thickness": 1.2, "width": 0, "color": run_colour(position)}
    return go.Scatter(
        name=escape(run.name),
        x=_means([many]),
        y=_means([few]),
        error_x=whisker | {"array": _deviations([many])},
        error_y=whisker | {"array": _deviations([few])},
        mode="markers+text",
        text=[label],
        textposition="top right",
        textfont={"color": INK, "size": 12.5},
        cliponaxis=False,
        marker={"color": run_colour(position), "symbol": run_symbol(position), "size": 11},
        customdata=[[str(many), str(few)]],
        hovertemplate="%{fullData.name}<br>many %{customdata[0]}<br>few %{customdata[1]}<extra></extra>",
    )


def _framed(title: str, spreads: Sequence[Spread], room: float) -> dict[str, Any]:
    """Describe a percent axis that frames means and whiskers, with a share of room beyond the highest."""
    pairs = list(zip(_means(spreads), _deviations(spreads), strict=True))
    low, high = min(mean - half for mean, half in pairs), max(mean + half for mean, half in pairs)
    span = max(high - low, 4.0)
    ends = max(low - 0.08 * span, -1), high + room * span
    step = next(step for step in (1, 2, 5, 10, 20, 50) if (ends[1] - ends[0]) / step <= 7)
    ticks = [tick for tick in range(0, 101, step) if ends[0] <= tick <= ends[1]]
    return percent_axis(title) | {"range": ends, "tickvals": ticks}


def run_class_curve(runs: Sequence[ComparedRun]) -> go.Figure:
    """Training count (bars, logarithmic) over the accuracy of every run on every class, head to tail.

    Where the classes are too many to be named, a line joins the means of neighbouring classes.
    """
    row = ClassRow(runs[0].evaluations[0])
    lines = _class_lines if len(row.places) <= LABELLED_CLASSES else _binned_lines
    return counts_over_accuracies(row, lines(runs, row), 470)


def _class_lines(runs: Sequence[ComparedRun], row: ClassRow) -> Iterator[go.Scatter]:
    for position, run in enumerate(runs):
        spreads = row.pick(run.per_class())
        yield go.Scatter(
            name=escape(run.name),
            x=row.places,
            y=in_percent(one.mean for one in spreads),
            mode="lines+markers",
            line={"color": run_colour(position), "width": 2},
            marker={"size": marker_size(len(row.places)) - 1, "symbol": run_symbol(position)},
            error_y={"array": _deviations(spreads), "thickness": 1, "width": 0},
            **row.hover("%{fullData.name} %{y:.1f} %"),
        )


def _binned_lines(runs: Sequence[ComparedRun], row: ClassRow) -> Iterator[go.Scatter]:
    bins = list(_bins(len(row.places)))
    for position, run in enumerate(runs):
        means = [one.mean for one in row.pick(run.per_class())]
        yield go.Scatter(
            name=escape(run.name),
            x=[fmean(row.places[part]) for part in bins],
            y=in_percent(spread(means[part]).mean for part in bins),
            mode="lines+markers",
            line={"color": run_colour(position), "width": 2},
            marker={"size": 6, "symbol": run_symbol(position)},
            customdata=[len(row.places[part]) for part in bins],
            hovertemplate="%{fullData.name} %{y:.1f} %<br>mean of %{customdata} classes<extra></extra>",
        )


def _bins(num_classes: int) -> Iterator[slice]:
    edges = [round(num_classes * step / BINS) for step in range(BINS + 1)]
    return (slice(start, end) for start, end in pairwise(edges))
