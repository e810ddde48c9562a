"""The reliability plot: how often a predictor is right against how sure it is."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from counterpoise.report.style import INK, LINE, MUTED, PAPER, in_percent, percent_axis, stacked_panels

Bins = Sequence[Mapping[str, Any]]


def reliability(calibration: Mapping[str, Any]) -> go.Figure:
    """Accuracy against confidence of every bin that has samples, over the number of samples in it.

    The dotted diagonal is where both agree. Pale points are those before the temperature, where there is one.
    """
    figure, bins = stacked_panels(400, (0.76, 0.24)), calibration["bins"]
    diagonal = {"color": MUTED, "width": 1.5, "dash": "dot"}
    figure.add_scatter(x=[0, 100], y=[0, 100], mode="lines", line=diagonal, hoverinfo="skip", row=1, col=1)
    if calibration.get("before"):
        figure.add_trace(_points(calibration["before"]["bins"], "before", MUTED, 0.45), row=1, col=1)
    figure.add_trace(_points(bins, "as evaluated", INK, 1), row=1, col=1)
    figure.add_trace(_counts(bins), row=2, col=1)
    figure.update_xaxes(range=[0, 101], ticksuffix=" %", nticks=6)
    figure.update_xaxes(title_text="confidence", row=2)
    figure.update_yaxes(percent_axis("accuracy", 104), row=1)
    return figure.update_yaxes(title_text="samples", rangemode="tozero", nticks=3, row=2)


def _points(bins: Bins, name: str, colour: str, opacity: float) -> go.Scatter:
    full = [one for one in bins if one["count"]]
    return go.Scatter(
        name=name,
        x=in_percent(one["confidence"] for one in full),
        y=in_percent(one["accuracy"] for one in full),
        customdata=[one["count"] for one in full],
        mode="lines+markers",
        opacity=opacity,
        line={"color": colour, "width": 1.5},
        marker={"color": colour, "size": _sizes(full), "opacity": 1, "line": {"color": PAPER, "width": 1}},
        hovertemplate=f"{name}: %{{y:.1f}} % right<br>%{{x:.1f}} % sure<br>%{{customdata:,}} samples<extra></extra>",
    )


def _sizes(bins: Bins) -> list[float]:
    """Diameters in pixels: what few samples say is drawn small."""
    largest = max((one["count"] for one in bins), default=1)
    return [5 + 9 * math.sqrt(one["count"] / largest) for one in bins]


def _counts(bins: Bins) -> go.Bar:
    width = 100 / len(bins)
    return go.Bar(
        x=[width * (place + 0.5) for place in range(len(bins))],
        y=[one["count"] for one in bins],
        width=0.86 * width,
        marker_color=LINE,
        hovertemplate="%{y:,} samples<extra></extra>",
    )
