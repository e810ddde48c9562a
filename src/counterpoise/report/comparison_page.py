"""The page of several runs side by side."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from counterpoise.errors import InputError
from counterpoise.files import write_text
from counterpoise.report import figures
from counterpoise.report.compared import ComparedRun, precision_names, score_names, shown_attributes
from counterpoise.report.comparison_figures import (
    MOST_BARS,
    run_bars,
    run_class_curve,
    run_symbol,
    trade_off,
)
from counterpoise.report.evaluation import Evaluation, checked
from counterpoise.report.precision_plane import precision_plane
from counterpoise.report.render import render
from counterpoise.report.sweep import slider_data
from counterpoise.report.units import duration, memory, milliseconds
from counterpoise.report.verdicts import legend, verdicts
from counterpoise.report.words import ATTRIBUTES, PRECISION


def write_comparison(
    title: str,
    runs: Sequence[ComparedRun],
    path: Path,
    *,
    baseline: str | None = None,
    command: str = "",
    settings: Sequence[tuple[str, Sequence[tuple[str, str]]]] = (),
) -> Path:
    """Write one self-contained page that compares runs: groups, trade-off, classes, cost, and alpha.

    Where single images are known, each number says whether it may be told apart from the best and from the
    baseline. The first seed of the last run that has an alpha curve gets the slider.

    Args:
        title: heading of the page.
        runs: what is compared.
        path: where to write.
        baseline: name of the run that the others are measured against.
        command: what makes the whole comparison again.
        settings: headings with (name, value) rows: how the runs were made.

    Raises:
        InputError: there is no run, a run has no evaluation, or the runs differ in their classes.
    """
    _check(runs)
    swept = _last_swept(runs)
    content = {
        "title": title,
        "runs": runs,
        "columns": {score: verdicts(runs, score, baseline) for score in score_names(runs)},
        "class_precisions": {score: verdicts(runs, score, baseline) for score in precision_names(runs)},
        "attributes": shown_attributes(runs),
        "legend": legend(runs, baseline),
        "figures": _figures(runs) | _slider_figures(swept),
        "swept": swept,
        "slider": slider_data(swept[1]) if swept else None,
        "longest": max(run.cost().training_seconds or 0.0 for run in runs) or 1.0,
        "command": command,
        "settings": settings,
    }
    words = {"duration": duration, "memory": memory, "milliseconds": milliseconds, "run_symbol": run_symbol}
    words |= {"PRECISION": PRECISION, "ATTRIBUTES": ATTRIBUTES}
    write_text(path, render("comparison.html", link=_link(path.parent), **content, **words))
    return path


def _figures(runs: Sequence[ComparedRun]) -> dict[str, go.Figure]:
    shown = {"classes": run_class_curve(runs)}
    if len(runs) <= MOST_BARS:
        shown["bars"] = run_bars(runs)
    drawn = {"trade_off": trade_off(runs), "plane": precision_plane(runs)}
    return shown | {name: figure for name, figure in drawn.items() if figure is not None}


def _link(start: Path):
    """What turns a folder of a run into the address of its own page, relative to this one."""
    return lambda folder: Path(os.path.relpath(folder / "report.html", start)).as_posix()


def _last_swept(runs: Sequence[ComparedRun]) -> tuple[ComparedRun, Evaluation] | None:
    found = [(run, run.evaluations[0]) for run in runs if run.evaluations[0].get("alpha_curve")]
    return found[-1] if found else None


def _slider_figures(swept: tuple[ComparedRun, Evaluation] | None) -> dict[str, Any]:
    if swept is None:
        return {}
    return {"alpha_curves": figures.alpha_curves(swept[1]), "alpha_classes": figures.alpha_classes(swept[1])}


def _check(runs: Sequence[ComparedRun]) -> None:
    if not runs or not all(run.evaluations for run in runs):
        raise InputError(
            "expected one evaluation or more for each run, but none came; evaluate the run first"
        )
    first = checked(runs[0].evaluations[0], runs[0].name)
    for run in runs:
        for evaluation in run.evaluations:
            if list(checked(evaluation, run.name)["class_names"]) != list(first["class_names"]):
                raise InputError(
                    f"expected runs on the same classes, but those of {run.name} differ from those of "
                    f"{runs[0].name}; compare runs that were trained on the same data"
                )
