"""What the momentum of SGD does to head and tail (De-confound-TDE, figure 1c)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from counterpoise.report.evaluation import SCORES, Evaluation
from counterpoise.report.spread import Spread, spread
from counterpoise.report.study_page import GROUP_KEY, Columns, Section, write_study
from counterpoise.report.style import INK, MUTED, group_colour, in_percent, panel
from counterpoise.report.words import ABSENT, counted, difference, percent

ByMomentum = Mapping[float, Sequence[Evaluation]]
"""Evaluations of each momentum, one per seed, the seeds in one order."""

Changes = dict[float, dict[str, Spread]]
"""Relative change of each score at each momentum."""


def relative_change(score: float | None, reference: float | None) -> float | None:
    """``score / reference - 1``; None where either is missing or the reference is 0."""
    return score / reference - 1 if score is not None and reference else None


def relative_changes(found: ByMomentum, reference: float) -> Changes:
    """Mean and spread over the seeds of the change of each score against the same seed at the reference momentum."""
    return {
        momentum: {score: _change(evaluations, found[reference], score) for score in SCORES}
        for momentum, evaluations in found.items()
    }


def _change(evaluations: Sequence[Evaluation], references: Sequence[Evaluation], score: str) -> Spread:
    pairs = zip(evaluations, references, strict=True)
    return spread(relative_change(one[score], other[score]) for one, other in pairs)


def signed(change: Spread) -> str:
    """A relative change in percent: "+12.0 ± 3.1", or a dash."""
    if change.mean is None:
        return ABSENT
    deviation = "" if change.deviation is None else f" ± {percent(change.deviation)}"
    return difference(change.mean, 0.0) + deviation


def momentum_json(changes: Changes) -> list[dict[str, Any]]:
    """The changes as plain JSON types: one entry for each momentum."""
    return [
        {"momentum": momentum, **{score: change._asdict() for score, change in scores.items()}}
        for momentum, scores in changes.items()
    ]


def write_momentum_study(
    path: Path, found: ByMomentum, reference: float, *, title: str, settings: str
) -> Path:
    """Write the page; ``settings`` is a sentence that says what was held while the momentum changed.

    Raises:
        InputError: the page cannot be written.
    """
    changes = relative_changes(found, reference)
    first, seeds = found[reference][0], counted(len(found[reference]), "seed")
    lead = (
        f"Every momentum is a training anew, from the same {seeds}. The change of an accuracy is relative to "
        f"that of the same seed with momentum {reference:g}. {settings}"
    )
    rule = f"Mean ± standard deviation over {seeds}. Many, medium and few: {first['shots']['rule']}."
    sections = [
        Section(
            "Relative change of accuracy",
            f"In percent of the accuracy with momentum {reference:g}, on the {first['split']} split; a dash where "
            f"that is 0. {rule}",
            change_curves(changes),
            GROUP_KEY,
            Columns(("Momentum", *_titles()), [_row(m, map(signed, s.values())) for m, s in changes.items()]),
        ),
        Section(
            "The accuracies themselves",
            f"In percent. {rule}",
            table=Columns(("Momentum", *_titles()), [_row(m, _scores(one)) for m, one in found.items()]),
        ),
    ]
    return write_study(path, title=title, kind="study of momentum", lead=lead, sections=sections)


def _titles() -> list[str]:
    return [score.capitalize() for score in SCORES]


def _row(momentum: float, cells: Any) -> list[str]:
    return [f"{momentum:g}", *map(str, cells)]


def _scores(evaluations: Sequence[Evaluation]) -> list[Spread]:
    return [spread(one[score] for one in evaluations) for score in SCORES]


def change_curves(changes: Changes) -> go.Figure:
    """Relative change of each group against momentum; the whisker is one standard deviation over the seeds."""
    figure = panel(360, hovermode="x unified").update_layout(margin_l=74)
    for score in SCORES:
        spreads = [scores[score] for scores in changes.values()]
        figure.add_scatter(
            x=[f"{momentum:g}" for momentum in changes],
            y=in_percent(one.mean for one in spreads),
            error_y={
                "array": in_percent(one.deviation or 0.0 for one in spreads),
                "thickness": 1,
                "width": 3,
            },
            mode="lines+markers",
            line={"color": group_colour(score), "width": 3 if score == "overall" else 2},
            marker={"size": 8},
            hovertemplate=f"{score} %{{y:+.1f}} %<extra></extra>",
        )
    figure.add_hline(0, line={"color": MUTED, "width": 1, "dash": "dot"}, layer="below")
    figure.update_xaxes(type="category", title_text="momentum of SGD", title_font_color=INK)
    return figure.update_yaxes(title_text="relative change", ticksuffix=" %", nticks=6)
