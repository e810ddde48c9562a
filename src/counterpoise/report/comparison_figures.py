"""Figures of several runs side by side."""

from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise
from statistics import fmean
from typing import Any

import plotly.graph_objects as go

from counterpoise.report.class_row import ClassRow, counts_over_accuracies
from counterpoise.report.compared import ComparedRun
from counterpoise.report.evaluation import SCORES, group_metric, metric, score_name
from counterpoise.report.scale import Scale, scale_of
from counterpoise.report.spread import Spread, spread
from counterpoise.report.style import (
    INK,
    LABELLED_CLASSES,
    MUTED,
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
    figure, scale = (
        panel(360, barmode="group", bargroupgap=0.08, bargap=0.24),
        scale_of(runs[0].evaluations[0]),
    )
    for position, run in enumerate(runs):
        spreads = [run.score(score) for score in SCORES]
        figure.add_bar(
            name=escape(run.name),
            x=[score_name(run.evaluations[0], score) for score in SCORES],
            y=scale.drawn(one.mean or 0 for one in spreads),
            error_y={"array": _deviations(scale, spreads), "color": INK, "thickness": 1.2, "width": 4},
            marker_color=run_colour(position),
            customdata=[scale.spread(one) for one in spreads],
            hovertemplate="%{fullData.name}<br>%{x} %{customdata}<extra></extra>",
        )
    highest = [
        (run.score(score).mean or 0) + (run.score(score).deviation or 0) for run in runs for score in SCORES
    ]
    return figure.update_yaxes(scale.axis(metric(runs[0].evaluations[0]), 100, scale.drawn(highest)))


def _deviations(scale: Scale, spreads: Sequence[Spread]) -> list[float]:
    return [scale.factor * (one.deviation or 0) for one in spreads]


def trade_off(runs: Sequence[ComparedRun]) -> go.Figure | None:
    """The score of the frequent against that of the rare classes; a dotted line joins the runs that none beats in both.

    None where no class is frequent or none is rare. Whiskers are one standard deviation over the seeds.
    """
    many, few = ([run.score(score) for run in runs] for score in ("many", "few"))
    if None in {one.mean for one in (*many, *few)}:
        return None
    first = runs[0].evaluations[0]
    scale = scale_of(first)
    points = list(zip(_means(scale, many), _means(scale, few), strict=True))
    front = pareto_front(points if scale.higher else [(-x, -y) for x, y in points])
    figure = panel(460)
    line = {"color": MUTED, "width": 1.5, "dash": "dot"}
    xs, ys = zip(*(points[position] for position in front), strict=True)
    figure.add_scatter(x=xs, y=ys, mode="lines", line=line, hoverinfo="skip")
    names = _names_at(points, runs, front)
    for position, run in enumerate(runs):
        figure.add_trace(_trade(run, scale, position, many[position], few[position], names.get(position, "")))
    figure.update_xaxes(framed(scale, group_metric(first, "many"), many, 0.22), showgrid=False)
    return figure.update_yaxes(framed(scale, group_metric(first, "few"), few, 0.14))


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


def _means(scale: Scale, spreads: Sequence[Spread]) -> list[float]:
    return [round(scale.factor * (one.mean or 0), scale.digits + 1) for one in spreads]


def _names_at(
    points: Sequence[tuple[float, float]], runs: Sequence[ComparedRun], front: Sequence[int]
) -> dict[int, str]:
    """What is written beside the points of the front: where several are one, all names beside the first."""
    names: dict[tuple[float, float], list[str]] = {}
    for position in front:
        names.setdefault(points[position], []).append(escape(runs[position].name))
    return {points.index(point): ", ".join(together) for point, together in names.items()}


def _trade(
    run: ComparedRun, scale: Scale, position: int, many: Spread, few: Spread, label: str
) -> go.Scatter:
    whisker = {"thickness": 1.2, "width": 0, "color": run_colour(position)}
    return go.Scatter(
        name=escape(run.name),
        x=_means(scale, [many]),
        y=_means(scale, [few]),
        error_x=whisker | {"array": _deviations(scale, [many])},
        error_y=whisker | {"array": _deviations(scale, [few])},
        mode="markers+text",
        text=[label],
        textposition="top right",
        textfont={"color": INK, "size": 12.5},
        cliponaxis=False,
        marker={"color": run_colour(position), "symbol": run_symbol(position), "size": 11},
        customdata=[[scale.spread(many), scale.spread(few)]],
        hovertemplate="%{fullData.name}<br>many %{customdata[0]}<br>few %{customdata[1]}<extra></extra>",
    )


def framed(scale: Scale, title: str, spreads: Sequence[Spread], room: float) -> dict[str, Any]:
    """Describe an axis that frames means and whiskers, with a share of room beyond the highest."""
    pairs = list(zip(_means(scale, spreads), _deviations(scale, spreads), strict=True))
    low, high = min(mean - half for mean, half in pairs), max(mean + half for mean, half in pairs)
    if not scale.higher:
        span = (high - low) or 0.1 * high or 1.0
        return {"title_text": title, "range": (low - 0.08 * span, high + room * span), "nticks": 7}
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
            y=row.scale.drawn(one.mean for one in spreads),
            mode="lines+markers",
            line={"color": run_colour(position), "width": 2},
            marker={"size": marker_size(len(row.places)) - 1, "symbol": run_symbol(position)},
            error_y={"array": _deviations(row.scale, spreads), "thickness": 1, "width": 0},
            **row.hover(f"%{{fullData.name}} {row.scale.hover('y')}"),
        )


def _binned_lines(runs: Sequence[ComparedRun], row: ClassRow) -> Iterator[go.Scatter]:
    bins, height = list(_bins(len(row.places))), row.scale.hover("y")
    for position, run in enumerate(runs):
        means = [one.mean for one in row.pick(run.per_class())]
        yield go.Scatter(
            name=escape(run.name),
            x=[fmean(row.places[part]) for part in bins],
            y=row.scale.drawn(spread(means[part]).mean for part in bins),
            mode="lines+markers",
            line={"color": run_colour(position), "width": 2},
            marker={"size": 6, "symbol": run_symbol(position)},
            customdata=[len(row.places[part]) for part in bins],
            hovertemplate=f"%{{fullData.name}} {height}<br>mean of %{{customdata}} classes<extra></extra>",
        )


def _bins(num_classes: int) -> Iterator[slice]:
    edges = [round(num_classes * step / BINS) for step in range(BINS + 1)]
    return (slice(start, end) for start, end in pairwise(edges))
