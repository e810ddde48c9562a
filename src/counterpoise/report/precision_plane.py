"""The accuracy-precision plane of a comparison (figure 5 of Tang et al., ECCV 2022), and what modifiers move in it."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from counterpoise.report.compared import ComparedRun, precision_names
from counterpoise.report.comparison_figures import framed, run_symbol
from counterpoise.report.labels import Box, label_places
from counterpoise.report.scale import PERCENT
from counterpoise.report.spread import Spread
from counterpoise.report.style import INK, MUTED, in_percent, panel, run_colour
from counterpoise.report.words import difference

PLANE = Box(0, 0, 760, 520)
"""Pixels for which names are placed; a wider page only moves them apart (ours)."""

_DASHES = ("solid", "dot", "dash", "dashdot")
_LEGEND = {"orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom", "itemclick": False}

Pair = tuple[Spread, Spread]
"""Accuracy and precision."""


class Step(NamedTuple):
    """From one run to another that has one modifier more: their positions, and the modifier."""

    start: int
    end: int
    word: str


def steps(runs: Sequence[ComparedRun]) -> list[Step]:
    """From each run to those with the same words, in the same order, and one modifier more."""
    words = [tuple(call["word"] for call in run.calls) for run in runs]
    return [
        Step(start, end, longer[place])
        for end, longer in enumerate(words)
        for place in range(1, len(longer))
        for start, shorter in enumerate(words)
        if shorter == longer[:place] + longer[place + 1 :]
    ]


def precision_plane(runs: Sequence[ComparedRun]) -> go.Figure | None:
    """Mean accuracy and precision of all samples of each run, with arrows along `steps`; None without precisions.

    Whiskers are one standard deviation over the seeds. Names stand where there is room, first those from which arrows
    start; the pointer shows all, and how far each lies from where its arrows start.
    """
    if not precision_names(runs):
        return None
    scores = [(run.score("overall"), run.score("precision_overall")) for run in runs]
    accuracies, precisions = zip(*scores, strict=True)
    found, points = steps(runs), np.array([in_percent(one.mean or 0 for one in pair) for pair in scores])
    across = framed(PERCENT, "accuracy of all samples, %", accuracies, 0.12)
    upwards = framed(PERCENT, "mean precision of the classes, %", precisions, 0.12)
    figure = panel(610, showlegend=True, legend=_LEGEND)
    figure.add_traces([*_arrows(points, found)])
    places = _names(runs, points, found, (across["range"], upwards["range"]))
    for position, run in enumerate(runs):
        changes = [_change(runs, scores, step) for step in found if step.end == position]
        figure.add_trace(_point(run, position, scores[position], places[position], changes))
    return figure.update_xaxes(across, showgrid=False).update_yaxes(upwards)


def _arrows(points: NDArray, found: Sequence[Step]) -> Iterator[go.Scatter]:
    """One line with a head for each step; the first of each word stands for it in the legend."""
    words = list(dict.fromkeys(step.word for step in found))
    for step in found:
        dash = _DASHES[words.index(step.word) % len(_DASHES)]
        yield go.Scatter(
            name=f"+ {escape(step.word)}",
            showlegend=step == next(one for one in found if one.word == step.word),
            x=points[[step.start, step.end], 0].tolist(),
            y=points[[step.start, step.end], 1].tolist(),
            mode="lines+markers",
            line={"color": MUTED, "width": 1.4, "dash": dash},
            marker={
                "symbol": "arrow",
                "angleref": "previous",
                "size": [0, 11],
                "standoff": 5,
                "color": MUTED,
                "line": {"width": 0},
            },
            opacity=0.75,
            hoverinfo="skip",
        )


def _names(
    runs: Sequence[ComparedRun], points: NDArray, found: Sequence[Step], ranges: Sequence[tuple[float, float]]
) -> list[str | None]:
    """The place of the name of each run, those from which arrows start first."""
    low, high = np.array(ranges).T
    pixels = (points - low) / (high - low) * (PLANE.right, PLANE.top)
    ends = {step.end for step in found}
    order = sorted(range(len(runs)), key=lambda position: position in ends)
    shares = np.linspace(0, 1, 40)[:, None]
    lines = [pixels[step.start] * (1 - shares) + pixels[step.end] * shares for step in found]
    texts = [runs[position].name for position in order]
    chosen = label_places(pixels[order], texts, PLANE, np.concatenate(lines) if lines else None)
    return [chosen[order.index(position)] for position in range(len(runs))]


def _point(
    run: ComparedRun, position: int, scores: Pair, place: str | None, changes: Sequence[str]
) -> go.Scatter:
    (x, y), colour = in_percent(one.mean or 0 for one in scores), run_colour(position)
    across, upwards = (
        {"array": in_percent([one.deviation or 0]), "thickness": 1, "width": 0, "color": colour}
        for one in scores
    )
    lines = ["%{fullData.name}", f"accuracy {scores[0]} %", f"precision {scores[1]} %", *changes]
    return go.Scatter(
        name=escape(run.name),
        showlegend=False,
        x=[x],
        y=[y],
        error_x=across,
        error_y=upwards,
        mode="markers+text" if place else "markers",
        text=[escape(run.name)],
        textposition=place,
        textfont={"color": INK, "size": 12.5},
        cliponaxis=False,
        marker={"color": colour, "symbol": run_symbol(position), "size": 10},
        hovertemplate="<br>".join(lines) + "<extra></extra>",
    )


def _change(runs: Sequence[ComparedRun], scores: Sequence[Pair], step: Step) -> str:
    pairs = zip(scores[step.end], scores[step.start], strict=True)
    gains = " and ".join(difference(after.mean, before.mean) for after, before in pairs)
    return f"{gains} against {escape(runs[step.start].name)}"
