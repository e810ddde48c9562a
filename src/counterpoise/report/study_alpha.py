"""What alpha does to head and tail in one trained net (De-confound-TDE, figure 4)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from counterpoise.report.evaluation import SCORES, Evaluation
from counterpoise.report.figures import alpha_curves
from counterpoise.report.study_page import GROUP_KEY, Columns, Section, write_study
from counterpoise.report.style import MUTED
from counterpoise.report.sweep import nearest
from counterpoise.report.words import percent

SHOWN = tuple(float(alpha) for alpha in range(-1, 7))
"""The alphas of the table, besides the marked ones; figure 4 states no range (ours)."""

Marks = Mapping[str, float]
"""What an alpha is -> its value."""


def alpha_marks(evaluation: Evaluation, mean_cosine: float) -> dict[str, float]:
    """The alphas that mean something: 0, the chosen one, and that of the authors' rule.

    Args:
        evaluation: of a run with a total direct effect.
        mean_cosine: of the features of the split to the head direction, over images and channel groups; the rule is
            alpha * mean cosine = 1.
    """
    marks = {"total effect": 0.0, "chosen": evaluation["alpha"]["value"]}
    return marks | ({"authors' rule": 1 / mean_cosine} if mean_cosine > 0 else {})


def alpha_rows(evaluation: Evaluation, marks: Marks) -> list[dict[str, Any]]:
    """The swept points nearest to `SHOWN` and to the marks: alpha, what it is, and the scores; alphas ascend."""
    curve = evaluation["alpha_curve"]
    places = {name: nearest(curve["alphas"], alpha) for name, alpha in marks.items()}
    wanted = sorted({nearest(curve["alphas"], alpha) for alpha in SHOWN} | set(places.values()))
    return [
        {
            "alpha": curve["alphas"][place],
            "marks": [name for name, marked in places.items() if marked == place],
            **{score: curve[score][place] for score in SCORES},
        }
        for place in wanted
    ]


def marked_curves(evaluation: Evaluation, marks: Marks) -> go.Figure:
    """Accuracy of each group against alpha, with a named rule at each mark that lies within the sweep."""
    alphas = evaluation["alpha_curve"]["alphas"]
    figure = alpha_curves(evaluation).update_layout(height=420, margin_t=58)
    inside = {name: alpha for name, alpha in marks.items() if alphas[0] <= alpha <= alphas[-1]}
    line = {"color": MUTED, "width": 1, "dash": "dot"}
    for level, (name, alpha) in enumerate(inside.items()):
        figure.add_shape(type="line", x0=alpha, x1=alpha, y0=0, y1=1, yref="paper", line=line, layer="below")
        note = {"yref": "paper", "y": 1, "yshift": 16 * level, "yanchor": "bottom", "showarrow": False}
        figure.add_annotation(x=alpha, text=f"{name}, {alpha:.2f}", **note)
    return figure


def write_alpha_study(path: Path, evaluation: Evaluation, marks: Marks, *, title: str) -> Path:
    """Write the page.

    Raises:
        InputError: the page cannot be written.
    """
    marked = ", ".join(f"{name} {alpha:.2f}" for name, alpha in marks.items())
    lead = (
        "One trained net; alpha is how much of the pull towards the head is taken away when it predicts. Measured "
        f"on {evaluation['samples']:,} images of the {evaluation['split']} split. Marked: {marked}."
    )
    columns = Columns(
        ("Alpha", *(score.capitalize() for score in SCORES)),
        [_cells(row) for row in alpha_rows(evaluation, marks)],
    )
    text = f"Accuracy in percent. Many, medium and few: {evaluation['shots']['rule']}."
    section = Section("Accuracy against alpha", text, marked_curves(evaluation, marks), GROUP_KEY, columns)
    return write_study(path, title=title, kind="study of alpha", lead=lead, sections=[section])


def _cells(row: Mapping[str, Any]) -> list[str]:
    name = f"{row['alpha']:g}".replace("-", "−") + "".join(f" ({mark})" for mark in row["marks"])
    return [name, *(percent(row[score]) for score in SCORES)]
