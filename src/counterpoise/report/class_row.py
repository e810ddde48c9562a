"""The classes of an evaluation as one horizontal row, head to tail, or bins by their values."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import plotly.graph_objects as go

from counterpoise.report.evaluation import (
    Evaluation,
    class_metric,
    counted_noun,
    group_of_class,
    in_row,
    noun,
)
from counterpoise.report.scale import scale_of
from counterpoise.report.style import (
    INK,
    PAPER,
    class_axis,
    count_axis,
    group_colour,
    marker_size,
    stacked_panels,
)

NUMBERED_CLASSES = 20
"""Up to this many classes every bar carries its count (ours)."""


class ClassRow:
    """The classes of an evaluation in a row, head to tail: index, place, name, count, group and colour.

    Bins of a continuous target come in the order of their values. Its metric is what the number of a class is, its
    scale how that is written; what is counted are samples, or objects.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        counts, names = evaluation["class_counts"], evaluation["class_names"]
        group_of = group_of_class(evaluation["shots"], len(counts))
        self.metric = class_metric(evaluation)
        self.scale = scale_of(evaluation)
        self.order = in_row(evaluation)
        self.noun = noun(evaluation)
        self.counted = counted_noun(evaluation)
        self.places = list(range(1, len(counts) + 1))
        self.names = [names[index] for index in self.order]
        self.counts = [counts[index] for index in self.order]
        self.groups = [group_of[index] for index in self.order]
        self.colours = [group_colour(group) for group in self.groups]

    def pick(self, per_class: Sequence[Any]) -> list[Any]:
        """Put one entry per class into the order of the row."""
        return [per_class[index] for index in self.order]

    def bars(self) -> go.Bar:
        """Draw the training count of every class, written above its bar where there is room."""
        text = [f"{count:,}" for count in self.counts] if len(self.counts) <= NUMBERED_CLASSES else None
        bar = go.Bar(x=self.places, y=self.counts, marker_color=self.colours, **self.hover(""))
        return bar.update(text=text, textposition="outside", textfont_color=INK, cliponaxis=False)

    def points(self, heights: Sequence[float | None], wording: str) -> go.Scatter:
        """Draw one point per class; ``wording`` is what the pointer shows below the name."""
        size = marker_size(len(self.places))
        rim = {"color": PAPER, "width": 1 if size > 5 else 0}
        marker = {"color": self.colours, "size": size, "line": rim}
        return go.Scatter(x=self.places, y=heights, mode="markers", marker=marker, **self.hover(wording))

    def hover(self, wording: str) -> dict[str, Any]:
        """Describe what the pointer shows over a class: its name, ``wording`` and its training samples."""
        names = [escape(name, quote=False) for name in self.names]
        lines = ("<b>%{customdata[0]}</b>", wording, f"%{{customdata[1]:,}} training {self.counted}s")
        template = "<br>".join(filter(None, lines)) + "<extra></extra>"
        return {"customdata": list(zip(names, self.counts, strict=True)), "hovertemplate": template}


def counts_over_accuracies(row: ClassRow, accuracies: Iterable[go.Scatter], height: int) -> go.Figure:
    """Training count of every class (bars, logarithmic) over a panel of its accuracies."""
    figure, axis = stacked_panels(height, (0.48, 0.52)), class_axis(row.names)
    accuracies = list(accuracies)
    heights = [height for trace in accuracies for height in trace.y]  # pyright: ignore[reportOptionalIterable]
    figure.add_trace(row.bars(), row=1, col=1)
    figure.add_traces(accuracies, rows=2, cols=1)
    figure.update_xaxes(range=axis["range"]).update_xaxes(axis, row=2)
    figure.update_yaxes(count_axis(f"training {row.counted}s", row.counts), row=1)
    return figure.update_yaxes(row.scale.axis(row.metric, 104, heights), row=2)
