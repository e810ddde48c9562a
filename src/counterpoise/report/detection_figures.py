"""Figures of one run that detects objects."""

import plotly.graph_objects as go

from counterpoise.report.class_row import ClassRow
from counterpoise.report.evaluation import DETECTED, Evaluation, kinds
from counterpoise.report.figures import class_curve, score_bars
from counterpoise.report.scale import scale_of
from counterpoise.report.style import panel

_NEVER = 0.4
"""Where a class without a training image stands on the logarithmic axis (ours)."""


def detection_figures(evaluation: Evaluation) -> dict[str, go.Figure]:
    """All figures of an evaluated detector, under the names by which the page asks for them."""
    return {
        "class_curve": class_curve(evaluation),
        "kind_bars": kind_bars(evaluation),
        "precision_over_images": precision_over_images(evaluation),
    }


def kind_bars(evaluation: Evaluation) -> go.Figure:
    """APf, APc, APr and AP of the boxes; of the masks where there are any, with those of the boxes in pale."""
    figure, scale = panel(340, barmode="group", bargroupgap=0.06, bargap=0.3), scale_of(evaluation)
    found, heights = kinds(evaluation), []
    for name, own in found.items():
        scores = {score: own[title.lower()] for score, title in DETECTED.items()}
        bars = score_bars(scores, scale, name, 1 if name == list(found)[-1] else 0.4)
        figure.add_trace(bars.update(x=list(DETECTED.values())))
        heights += scale.drawn(scores.values())
    return figure.update_yaxes(scale.axis("average precision", 110, heights))


def precision_over_images(evaluation: Evaluation) -> go.Figure:
    """Average precision of every class over its training images (logarithmic), in the colour of its frequency."""
    row, scale, figure = ClassRow(evaluation), scale_of(evaluation), panel(340)
    heights = scale.drawn(row.pick(evaluation["per_class"]))
    points = row.points(heights, f"{row.metric} {scale.hover('y')}<br>%{{x:,d}} training images")
    images = [count or _NEVER for count in row.pick(evaluation["image_counts"])]
    figure.add_trace(points.update(x=images))
    figure.update_xaxes(type="log", dtick=1, tickformat=",d", title_text="training images with the class")
    return figure.update_yaxes(scale.axis(row.metric, 104, heights))
