"""Figures of one run on a continuous target."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go

from counterpoise.report.class_row import ClassRow
from counterpoise.report.evaluation import Evaluation, counts_images
from counterpoise.report.scale import scale_of
from counterpoise.report.style import INK, LINE, MUTED, PAPER, group_colour, panel


def error_curve(evaluation: Evaluation) -> go.Figure:
    """Mean absolute error of every bin (points and line) over the training samples of the bin (bars behind)."""
    row, scale, figure = ClassRow(evaluation), scale_of(evaluation), panel(420)
    middles, widths = _places(evaluation)
    heights = scale.drawn(evaluation["per_class"])
    figure.add_bar(
        x=middles,
        y=row.counts,
        width=widths,
        marker_color=row.colours,
        opacity=0.35,
        yaxis="y2",
        **row.hover(""),
    )
    points = row.points(heights, f"error {scale.hover('y')}")
    line = {"color": MUTED, "width": 1.2}
    figure.add_trace(points.update(x=middles, mode="lines+markers", line=line, connectgaps=True))
    figure.update_xaxes(title_text=evaluation["target"])
    figure.update_yaxes(
        scale.axis("mean absolute error", 100, heights), overlaying="y2", side="left", tickmode="auto"
    )
    return figure.update_layout(yaxis2=_count_axis(row.counts), margin_r=58, bargap=0)


def _places(evaluation: Evaluation) -> tuple[list[float], list[float]]:
    edges = evaluation["edges"]
    pairs = list(pairwise(edges))
    return [(low + high) / 2 for low, high in pairs], [high - low for low, high in pairs]


def _count_axis(counts: list[int]) -> dict[str, Any]:
    return {
        "title": {"text": "training samples", "standoff": 8, "font_size": 13},
        "side": "right",
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "nticks": 5,
        "range": [0, 1.12 * max(counts)],
    }


def predicted_against_true(evaluation: Evaluation) -> go.Figure:
    """One point for each sample, at most 2,000: what was predicted over what is true; the line is where both agree."""
    points, figure, row = evaluation["points"], panel(300), ClassRow(evaluation)
    known = [value for column in points.values() for value in column if value is not None]
    ends = [min(known, default=0.0), max(known, default=1.0)]
    figure.add_scatter(x=ends, y=ends, mode="lines", line={"color": LINE, "width": 1.5}, hoverinfo="skip")
    hover = "true %{x:.4g}<br>predicted %{y:.4g}<extra></extra>"
    marker = {
        "color": _colours(evaluation, row),
        "size": 5,
        "opacity": 0.7,
        "line": {"color": PAPER, "width": 0.5},
    }
    figure.add_scatter(
        x=points["target"], y=points["prediction"], mode="markers", marker=marker, hovertemplate=hover
    )
    figure.update_xaxes(title_text=f"true {evaluation['target']}", color=INK)
    return figure.update_yaxes(title_text=f"predicted {evaluation['target']}")


def _colours(evaluation: Evaluation, row: ClassRow) -> list[str]:
    """The colour of each point: that of the group of its true value's bin; counts of whole images are in no bin."""
    if counts_images(evaluation):
        return [MUTED] * len(evaluation["points"]["target"])
    inner = evaluation["edges"][1:-1]
    bins = [sum(edge <= value for edge in inner) for value in evaluation["points"]["target"]]
    return [group_colour(row.groups[place]) for place in bins]


def shot_rows(evaluation: Evaluation) -> list[tuple[str, Mapping[str, Any]]]:
    """The scores of all samples and of each group, with their names; every sample counts alike but in balanced ones."""
    return [("overall", evaluation), *evaluation["by_shot"].items()]
