"""Figures of the levels of a hierarchical classifier (figures 4 and 5 of Xiong, Yao, CVPR 2024)."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from counterpoise.report.evaluation import SCORES, Evaluation, class_metric
from counterpoise.report.group_lines import group_lines
from counterpoise.report.scale import scale_of
from counterpoise.report.style import INK, MUTED, PAPER, in_percent, panel, percent_axis, stacked_panels

Levels = Mapping[str, Any]


def level_errors(evaluation: Evaluation) -> go.Figure:
    """Balanced error of each level alone, over what the finest gains or loses within each level's answer."""
    levels, scale, figure = evaluation["levels"], scale_of(evaluation), stacked_panels(460, (0.56, 0.44))
    places = _places(levels)
    own = {score: scale.drawn(levels["own"][score]) for score in SCORES}
    change = {score: scale.drawn(_change(levels["within"][score])) for score in SCORES}
    ends, dotted = [0.5, len(places) + 0.5], {"color": MUTED, "width": 1.2, "dash": "dot"}
    figure.add_scatter(x=ends, y=[0, 0], mode="lines", line=dotted, hoverinfo="skip", row=2, col=1)
    figure.add_traces(list(group_lines(places, own, f"error {scale.hover('y')}")), rows=1, cols=1)
    wording = f"change %{{y:+.{scale.digits}f}}"
    figure.add_traces(list(group_lines(places, change, wording)), rows=2, cols=1)
    figure.update_xaxes(_level_axis(levels)).update_xaxes(title_text="classes of the level", row=2)
    highest = [height for heights in own.values() for height in heights]
    figure.update_yaxes(scale.axis(class_metric(evaluation), 100, highest), row=1)
    return figure.update_yaxes(title_text="change for the finest", nticks=5, row=2)


def _change(errors: Sequence[float | None]) -> list[float | None]:
    """From the error of the finest level without restriction, which is the last."""
    free = errors[-1]
    return [None if error is None or free is None else error - free for error in errors]


def level_agreement(evaluation: Evaluation) -> go.Figure:
    """Share of samples whose bin and summed class disagree (bars), and mean probability of the best class (line)."""
    levels, figure = evaluation["levels"], panel(460)
    places, shares = _places(levels), in_percent(levels["inconsistency"])
    figure.add_bar(
        x=places,
        y=shares,
        width=0.6,
        marker={"color": MUTED, "opacity": 0.45},
        hovertemplate="%{y:.1f} % of samples disagree<extra></extra>",
    )
    figure.add_scatter(
        x=places,
        y=in_percent(levels["peak"]),
        mode="lines+markers",
        line={"color": INK, "width": 2},
        marker={"color": INK, "size": 7, "line": {"color": PAPER, "width": 1}},
        hovertemplate="%{y:.1f} % sure on average<extra></extra>",
    )
    figure.update_xaxes(_level_axis(levels), title_text="classes of the level")
    return figure.update_yaxes(percent_axis("samples, probability", 104))


def _places(levels: Levels) -> list[int]:
    return list(range(1, len(levels["classes"]) + 1))


def _level_axis(levels: Levels) -> dict[str, Any]:
    places, names = _places(levels), [str(count) for count in levels["classes"]]
    ticks = {"tickmode": "array", "tickvals": places, "ticktext": names}
    return ticks | {"range": [0.5, len(places) + 0.5]}
