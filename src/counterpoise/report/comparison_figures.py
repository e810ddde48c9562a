"""Figures of several runs side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

import plotly.graph_objects as go

from counterpoise.report.class_row import ClassRow, counts_over_accuracies
from counterpoise.report.evaluation import SCORES, Evaluation
from counterpoise.report.spread import Spread, spread
from counterpoise.report.style import (
    INK,
    LABELLED_CLASSES,
    in_percent,
    marker_size,
    panel,
    percent_axis,
    run_colour,
)


@dataclass(frozen=True)
class ComparedRun:
    """One method in a comparison: its name, and one evaluation per seed, on the same split and classes."""

    name: str
    evaluations: Sequence[Evaluation]

    def score(self, name: str) -> Spread:
        """Mean and deviation over the seeds of many, medium, few, overall or balanced accuracy."""
        return spread(evaluation[name] for evaluation in self.evaluations)

    def per_class(self) -> list[Spread]:
        """Mean and deviation over the seeds of the accuracy of each class, in the order of the labels."""
        columns = zip(*(evaluation["per_class"] for evaluation in self.evaluations), strict=True)
        return [spread(column) for column in columns]


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


def run_class_curve(runs: Sequence[ComparedRun]) -> go.Figure:
    """Training count (bars, logarithmic) over the accuracy of every run on every class, head to tail."""
    row = ClassRow(runs[0].evaluations[0])
    return counts_over_accuracies(row, _class_lines(runs, row), 470)


def _class_lines(runs: Sequence[ComparedRun], row: ClassRow) -> Iterator[go.Scatter]:
    roomy = len(row.places) <= LABELLED_CLASSES
    for position, run in enumerate(runs):
        spreads = row.pick(run.per_class())
        yield go.Scatter(
            name=escape(run.name),
            x=row.places,
            y=in_percent(one.mean for one in spreads),
            mode="lines+markers" if roomy else "markers",
            line={"color": run_colour(position), "width": 2},
            marker={"size": marker_size(len(row.places)) - 1},
            error_y={"array": _deviations(spreads), "thickness": 1, "width": 0, "visible": roomy},
            **row.hover("%{fullData.name} %{y:.1f} %"),
        )
