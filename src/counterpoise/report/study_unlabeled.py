"""What unlabeled data do to the error, and to the accuracy of each class (Yang, Xu, figures 2 and 3)."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from counterpoise.errors import InputError
from counterpoise.report.class_row import ClassRow
from counterpoise.report.comparison_figures import run_class_curve
from counterpoise.report.evaluation import SCORES
from counterpoise.report.spread import Spread
from counterpoise.report.study_page import Columns, Key, Section, write_study
from counterpoise.report.style import (
    INK,
    LABELLED_CLASSES,
    class_axis,
    in_percent,
    panel,
    percent_axis,
    run_colour,
)
from counterpoise.report.unlabeled_lines import (
    AXES,
    Axis,
    Line,
    Pair,
    lines,
    pairs,
    pool_in_words,
    supervised,
)
from counterpoise.report.unlabeled_runs import Condition
from counterpoise.report.words import ABSENT, difference


def error_curves(found: Sequence[Line], bases: Sequence[Condition], axis: Axis) -> go.Figure:
    """Error against a property of the pool, one line per composition; dashed without unlabeled data."""
    figure = panel(400).update_layout(margin_l=74)
    values = sorted({axis.of(one.pool) for line in found for one in line.conditions})
    places = [axis.write(value) for value in values]
    for position, base in enumerate(bases):
        figure.add_trace(_dashed(base, places, run_colour(position)))
    for position, line in enumerate(found, start=len(bases)):
        figure.add_trace(_curve(line, axis, run_colour(position)))
    shown = {"type": "category", "categoryorder": "array", "categoryarray": places}
    figure.update_xaxes(shown, title_text=axis.title, title_font_color=INK)
    return figure.update_yaxes(title_text="error", ticksuffix=" %", nticks=7)


def _dashed(base: Condition, places: Sequence[str], colour: str) -> go.Scatter:
    return go.Scatter(
        name=escape(base.run.name),
        x=places,
        y=in_percent([base.error.mean] * len(places)),
        mode="lines",
        line={"color": colour, "width": 2, "dash": "dash"},
        hovertemplate=f"%{{fullData.name}}, without unlabeled data {base.error} %<extra></extra>",
    )


def _curve(line: Line, axis: Axis, colour: str) -> go.Scatter:
    errors = [one.error for one in line.conditions]
    whisker = {"array": in_percent(error.deviation or 0.0 for error in errors), "thickness": 1, "width": 3}
    return go.Scatter(
        name=escape(line.name),
        x=[axis.write(axis.of(one.pool)) for one in line.conditions],
        y=in_percent(error.mean for error in errors),
        error_y=whisker,
        mode="lines+markers",
        line={"color": colour, "width": 2},
        marker={"size": 8},
        customdata=[str(error) for error in errors],
        hovertemplate="%{fullData.name}<br>%{x}: %{customdata} %<extra></extra>",
    )


def class_bars(pair: Pair) -> go.Figure:
    """Accuracy of every class, head to tail, without and with; of more classes than have names, as curves."""
    row = ClassRow(pair.without.run.evaluations[0])
    if len(row.places) > LABELLED_CLASSES:
        return run_class_curve([one.run for one in pair])
    figure = panel(360, barmode="group", bargroupgap=0.08, bargap=0.24)
    for position, one in enumerate(pair):
        figure.add_trace(_bars(one, row, run_colour(position)))
    figure.update_xaxes(class_axis(row.names))
    return figure.update_yaxes(percent_axis("accuracy", 104))


def _bars(one: Condition, row: ClassRow, colour: str) -> go.Bar:
    spreads: list[Spread] = row.pick(one.run.per_class())
    return go.Bar(
        name=escape(_told(one)),
        x=row.places,
        y=in_percent(found.mean for found in spreads),
        error_y={
            "array": in_percent(found.deviation or 0.0 for found in spreads),
            "thickness": 1,
            "width": 2,
        },
        marker_color=colour,
        **row.hover("%{fullData.name} %{y:.1f} %"),
    )


def _told(one: Condition) -> str:
    return f"{one.run.name}, {pool_in_words(one.pool)}"


def unlabeled_json(conditions: Sequence[Condition]) -> list[dict[str, Any]]:
    """The numbers of the page as plain JSON types: one entry for each condition."""
    return [
        {
            "composition": one.run.name,
            "calls": list(one.run.calls),
            "pool": one.pool._asdict(),
            "unlabeled_images": one.drawn,
            "seeds": list(one.seeds),
            "error": one.error._asdict(),
            **{score: one.run.score(score)._asdict() for score in SCORES},
            "per_class": [found.mean for found in one.run.per_class()],
        }
        for one in conditions
    ]


LEAD = """Runs with unlabeled data and without, on the same labeled images. The value-of-labels paper finds that
unlabeled images help the less, the fewer of them show the classes and the more they are imbalanced themselves, and
that self-supervised pre-training helps even without any."""

WHISKERS = """Error is one less the accuracy of all {split} samples. Mean and standard deviation over the seeds; dashed:
the same without unlabeled data."""


def write_unlabeled_study(path: Path, conditions: Sequence[Condition]) -> Path:
    """Write the page: of the figures, those for which something varies.

    Raises:
        InputError: nothing varies, or the page cannot be written.
    """
    sections = [*_sweeps(conditions), *map(_class_section, pairs(conditions))]
    if not sections:
        raise InputError(
            "nothing varies that could be shown: expected runs of one composition that differ in --relevance, "
            "--unlabeled_ratio or --unlabeled_amount, or a run with unlabeled data or pre-training beside one without"
        )
    sections.append(
        Section("All runs", "In percent, mean ± standard deviation over the seeds.", table=_all(conditions))
    )
    title = "What unlabeled data are worth"
    return write_study(path, title=title, kind="study of unlabeled data", lead=LEAD, sections=sections)


def _sweeps(conditions: Sequence[Condition]) -> list[Section]:
    found = ((axis, lines(conditions, axis)) for axis in AXES)
    return [_sweep(axis, shown, supervised(conditions)) for axis, shown in found if shown]


def _sweep(axis: Axis, found: Sequence[Line], bases: Sequence[Condition]) -> Section:
    split = found[0].conditions[0].run.evaluations[0]["split"]
    names = [*(f"{base.run.name}, without unlabeled data" for base in bases), *(line.name for line in found)]
    key = [Key(name, run_colour(position)) for position, name in enumerate(names)]
    text = f"{WHISKERS.format(split=split)} {_held(axis, found)}Value of labels, {axis.figure}."
    return Section(axis.heading, text, error_curves(found, bases, axis), key)


def _held(axis: Axis, found: Sequence[Line]) -> str:
    others = (other for other in AXES if other != axis)
    values = {other: {other.of(one.pool) for line in found for one in line.conditions} for other in others}
    told = [f"{other.field} {other.write(min(held))}" for other, held in values.items() if len(held) == 1]
    return f"Held: {', '.join(told)}. " if told else ""


def _class_section(pair: Pair) -> Section:
    rule = pair.without.run.evaluations[0]["shots"]["rule"]
    text = (
        "Accuracy of every class, head to tail, mean and standard deviation over the seeds. Of several pools of one "
        f"composition, that with the lowest error. Groups: {rule}."
    )
    key = [Key(_told(one), run_colour(position)) for position, one in enumerate(pair)]
    table = Columns(("In percent", *(score.capitalize() for score in SCORES)), _group_rows(pair))
    return Section(f"Class by class: {pair.added.run.name}", text, class_bars(pair), key, table)


def _group_rows(pair: Pair) -> list[list[str]]:
    rows = [[_told(one), *(str(one.run.score(score)) for score in SCORES)] for one in pair]
    scores = ((one.run.score(score).mean for one in reversed(pair)) for score in SCORES)
    return [*rows, ["Difference", *(difference(*both) for both in scores)]]


def _all(conditions: Sequence[Condition]) -> Columns:
    titles = (
        "Composition",
        "Unlabeled",
        *(axis.field.capitalize() for axis in AXES),
        "Images",
        "Seeds",
        "Error",
    )
    return Columns(titles, [_row(one) for one in conditions])


def _row(one: Condition) -> list[str]:
    values = [axis.of(one.pool) for axis in AXES]
    written = [
        ABSENT if value is None else axis.write(value) for axis, value in zip(AXES, values, strict=True)
    ]
    images = ABSENT if one.drawn is None else f"{one.drawn:,}"
    source = ABSENT if one.pool.source is None else Path(one.pool.source).name
    return [one.run.name, source, *written, images, str(len(one.seeds)), str(one.error)]
