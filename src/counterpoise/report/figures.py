"""Figures of one run: pure functions from what was measured to a plotly figure."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go

from counterpoise.report.class_row import ClassRow, counts_over_accuracies
from counterpoise.report.evaluation import GROUPS, SCORES, Evaluation, metric, score_name
from counterpoise.report.scale import Scale, scale_of
from counterpoise.report.style import (
    INK,
    LABELLED_CLASSES,
    LINE,
    MUTED,
    PAPER,
    class_axis,
    group_colour,
    in_percent,
    marker_size,
    panel,
    run_colour,
    stacked_panels,
)
from counterpoise.report.sweep import chosen_position, scores_at_zero, swept_metric, zero_position

_MARKED_EPOCHS = 12


def class_curve(evaluation: Evaluation) -> go.Figure:
    """Training count (bars, logarithmic) over test accuracy or other metric (points) of every class, head to tail.

    A horizontal rule in the lower panel is the mean accuracy of a group.
    """
    row = ClassRow(evaluation)
    accuracies = row.pick(row.scale.drawn(evaluation["per_class"]))
    points = row.points(accuracies, f"{row.metric} {row.scale.hover('y')}")
    return counts_over_accuracies(row, [points, *_group_rules(evaluation, row)], 440)


def _group_rules(evaluation: Evaluation, row: ClassRow) -> Iterator[go.Scatter]:
    line = {"color": INK, "width": 1.5, "dash": "dot"}
    for group in GROUPS:
        places = [place for place in row.places if row.groups[place - 1] == group]
        if places and evaluation[group] is not None:
            ends, heights = [places[0] - 0.4, places[-1] + 0.4], in_percent([evaluation[group]] * 2)
            yield go.Scatter(x=ends, y=heights, mode="lines", line=line, hoverinfo="skip")


def group_bars(evaluation: Evaluation) -> go.Figure:
    """Many, medium, few and overall accuracy; beside each, in pale, that at alpha 0 where a sweep has it."""
    figure = panel(300, barmode="group", bargroupgap=0.06, bargap=0.3)
    before, scale = scores_at_zero(evaluation), scale_of(evaluation)
    if before:
        figure.add_trace(score_bars(before, scale, "α = 0", 0.4))
    figure.add_trace(score_bars(evaluation, scale, "as evaluated", 1))
    heights = scale.drawn(evaluation[score] for score in SCORES)
    return figure.update_yaxes(scale.axis(metric(evaluation), 110, heights))


def score_bars(scores: Mapping[str, Any], scale: Scale, name: str, opacity: float) -> go.Bar:
    """The scores of all groups as bars in their colours, each with its number above it."""
    return go.Bar(
        name=name,
        x=[score.capitalize() for score in SCORES],
        y=[scale.factor * (scores[score] or 0) for score in SCORES],
        text=[scale.text(scores[score]) for score in SCORES],
        textposition="outside",
        textfont={"color": INK, "size": 13},
        cliponaxis=False,
        marker={"color": [group_colour(score) for score in SCORES], "opacity": opacity},
        hovertemplate=f"%{{x}}, {name}: %{{text}}{scale.sign}<extra></extra>",
    )


def alpha_curves(evaluation: Evaluation) -> go.Figure:
    """Accuracy of each group against alpha; the last trace is the point that the slider moves."""
    curve, figure = evaluation["alpha_curve"], panel(330, hovermode="x unified")
    alphas, chosen = curve["alphas"], chosen_position(evaluation)
    for score in SCORES:
        line = {"color": group_colour(score), "width": 3 if score == "overall" else 2}
        wording = f"{score_name(evaluation, score)} %{{y:.1f}} %<extra></extra>"
        heights = in_percent(curve[score])
        figure.add_scatter(x=alphas, y=heights, mode="lines", line=line, hovertemplate=wording)
    for position in {chosen, zero_position(evaluation)} - {None}:
        figure.add_vline(alphas[position], line={"color": MUTED, "width": 1, "dash": "dot"}, layer="below")
    figure.add_trace(_moving_points(alphas[chosen], [curve[score][chosen] for score in SCORES]))
    figure.add_vline(alphas[chosen], line={"color": INK, "width": 1.5}, layer="below")
    figure.update_xaxes(title_text="α", range=[alphas[0], alphas[-1]], hoverformat=".2f")
    return figure.update_yaxes(_swept_axis(evaluation, 100, [curve[score] for score in SCORES]))


def _moving_points(alpha: float, accuracies: Sequence[float | None]) -> go.Scatter:
    colours = [group_colour(score) for score in SCORES]
    marker = {"color": colours, "size": 11, "line": {"color": PAPER, "width": 2}}
    heights = in_percent(accuracies)
    return go.Scatter(x=[alpha] * len(SCORES), y=heights, mode="markers", marker=marker, hoverinfo="skip")


def alpha_classes(evaluation: Evaluation) -> go.Figure:
    """Accuracy of every class: a pale ring at alpha 0; the last trace is the points that the slider moves."""
    curve, row, figure = evaluation["alpha_curve"], ClassRow(evaluation), panel(330)
    zero = zero_position(evaluation)
    if zero is not None:
        figure.add_trace(_rings(row, curve["per_class"][zero]))
    now = row.pick(in_percent(curve["per_class"][chosen_position(evaluation)]))
    figure.add_trace(row.points(now, f"{swept_metric(evaluation)} %{{y:.1f}} %"))
    figure.update_xaxes(class_axis(row.names))
    return figure.update_yaxes(_swept_axis(evaluation, 104, curve["per_class"]))


def _swept_axis(
    evaluation: Evaluation, highest: float, swept: Sequence[Sequence[float | None]]
) -> dict[str, Any]:
    heights = [height for fractions in swept for height in in_percent(fractions)]
    return scale_of(evaluation).axis(swept_metric(evaluation), highest, heights)


def _rings(row: ClassRow, accuracies: Sequence[float | None]) -> go.Scatter:
    opacity = 0.6 if len(row.places) <= LABELLED_CLASSES else 0.25
    ring = {"symbol": "circle-open", "color": MUTED, "size": marker_size(len(row.places)), "opacity": opacity}
    heights = row.pick(in_percent(accuracies))
    return go.Scatter(x=row.places, y=heights, mode="markers", marker=ring, hoverinfo="skip")


def feature_norms(evaluation: Evaluation) -> go.Figure:
    """Mean L2 norm of the features of every class, head to tail (De-confound-TDE, figure 1b)."""
    row, figure = ClassRow(evaluation), panel(330)
    norms, line = row.pick(evaluation["feature_norms"]), {"color": LINE, "width": 2}
    figure.add_scatter(x=row.places, y=norms, mode="lines", line=line, hoverinfo="skip")
    figure.add_trace(row.points(norms, "norm %{y:.3g}"))
    figure.update_xaxes(class_axis(row.names))
    return figure.update_yaxes(title_text="mean feature norm", rangemode="tozero")


def training_curves(epochs: Sequence[Mapping[str, Any]]) -> go.Figure:
    """Loss (and its terms, where a run logged several) over learning rate, epoch by epoch.

    Stages follow each other; a vertical rule with its name marks where one begins.
    """
    figure = stacked_panels(360, (0.66, 0.34))
    terms = [column for column in epochs[0] if column not in ("stage", "epoch", "loss", "lr")]
    for position, term in enumerate(terms):
        figure.add_trace(_epoch_line(epochs, term, run_colour(position), 1.4), row=1, col=1)
    figure.add_trace(_epoch_line(epochs, "loss", INK, 2.2), row=1, col=1)
    figure.add_trace(_epoch_line(epochs, "lr", MUTED, 2.2).update(showlegend=False), row=2, col=1)
    _mark_stages(figure, [epoch["stage"] for epoch in epochs])
    figure.update_layout(
        margin_t=34,
        showlegend=bool(terms),
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"},
    )
    figure.update_xaxes(range=[0.5, len(epochs) + 0.5], dtick=1 if len(epochs) <= _MARKED_EPOCHS else None)
    figure.update_xaxes(title_text="epoch", row=2)
    figure.update_yaxes(title_text="loss", row=1)
    return figure.update_yaxes(title_text="learning rate", rangemode="tozero", nticks=4, row=2)


def _epoch_line(epochs: Sequence[Mapping[str, Any]], column: str, colour: str, width: float) -> go.Scatter:
    points = [(place, epoch.get(column)) for place, epoch in _parted_by_stage(epochs)]
    return go.Scatter(
        name=escape(column),
        x=[place for place, _ in points],
        y=[value for _, value in points],
        mode="lines" if len(epochs) > _MARKED_EPOCHS else "lines+markers",
        line={"color": colour, "width": width},
        hovertemplate="%{fullData.name} %{y:.4g}<br>epoch %{x}<extra></extra>",
    )


def _parted_by_stage(epochs: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int | None, Mapping[str, Any]]]:
    for place, epoch in enumerate(epochs, start=1):
        if place > 1 and epoch["stage"] != epochs[place - 2]["stage"]:
            yield None, {}
        yield place, epoch


def _mark_stages(figure: go.Figure, stages: Sequence[str]) -> None:
    changes = [place for place, (before, after) in enumerate(pairwise(stages), start=1) if before != after]
    note = {"y": 1, "yref": "y domain", "showarrow": False, "xanchor": "left", "yanchor": "bottom"}
    for start in [0, *changes] if changes else []:
        place, line = start + 0.5, {"color": LINE, "width": 1.5}
        figure.add_shape(type="line", x0=place, x1=place, y0=0, y1=1, yref="paper", line=line)
        figure.add_annotation(x=place, text=escape(stages[start], quote=False), **note)
