"""Whether the intervals of a predictor of a continuous target hold what they say."""

from typing import NamedTuple

import plotly.graph_objects as go

from counterpoise.report.evaluation import SCORES, Evaluation
from counterpoise.report.group_lines import group_lines
from counterpoise.report.scale import scale_of
from counterpoise.report.style import MUTED, in_percent, panel, percent_axis
from counterpoise.report.words import percent

TOLD = (0.5, 0.9)
"""The intervals of the table."""


class IntervalRow(NamedTuple):
    """A group in the table: coverage in percent and mean width of each interval of `TOLD`."""

    group: str
    cells: list[tuple[str, str]]


def coverage(evaluation: Evaluation) -> go.Figure:
    """Share of true values in the central intervals of each probability, by group; dotted where both agree."""
    intervals, figure = evaluation["intervals"], panel(400)
    diagonal = {"color": MUTED, "width": 1.5, "dash": "dot"}
    figure.add_scatter(x=[0, 100], y=[0, 100], mode="lines", line=diagonal, hoverinfo="skip")
    shares = {score: in_percent(intervals["coverage"][score]) for score in SCORES}
    wording = "%{y:.1f} % held by intervals of %{x:.0f} %"
    figure.add_traces(list(group_lines(in_percent(intervals["nominal"]), shares, wording)))
    figure.update_xaxes(range=[0, 101], ticksuffix=" %", nticks=6, title_text="probability of the interval")
    return figure.update_yaxes(percent_axis("true values held", 104))


def interval_rows(evaluation: Evaluation) -> list[IntervalRow]:
    """All samples and each group, with what is held by the intervals of `TOLD` and how wide these are."""
    intervals, scale = evaluation["intervals"], scale_of(evaluation)
    places = [intervals["nominal"].index(nominal) for nominal in TOLD]

    def cells(group: str) -> list[tuple[str, str]]:
        held, widths = intervals["coverage"][group], intervals["width"][group]
        return [(percent(held[place]), scale.text(widths[place])) for place in places]

    return [IntervalRow(group, cells(group)) for group in ("overall", *SCORES[:-1])]
