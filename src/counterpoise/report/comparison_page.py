"""The page of several runs side by side."""

from collections.abc import Sequence
from pathlib import Path

from counterpoise.errors import InputError
from counterpoise.files import write_text
from counterpoise.report import figures
from counterpoise.report.comparison_figures import ComparedRun, run_bars, run_class_curve
from counterpoise.report.evaluation import Evaluation, checked
from counterpoise.report.render import render
from counterpoise.report.sweep import slider_data


def write_comparison(title: str, runs: Sequence[ComparedRun], path: Path) -> Path:
    """Write one self-contained page that compares runs: groups, classes, and alpha where a run was swept.

    The first seed of the last run that has an alpha curve gets the slider.

    Raises:
        InputError: there is no run, a run has no evaluation, or the runs differ in their classes.
    """
    _check(runs)
    swept = _last_swept(runs)
    content = {"figures": {"bars": run_bars(runs), "classes": run_class_curve(runs)} | _slider_figures(swept)}
    slider = {"swept": swept, "slider": slider_data(swept[1]) if swept else None}
    write_text(path, render("comparison.html", title=title, runs=runs, **content, **slider))
    return path


def _last_swept(runs: Sequence[ComparedRun]) -> tuple[ComparedRun, Evaluation] | None:
    found = [(run, run.evaluations[0]) for run in runs if run.evaluations[0].get("alpha_curve")]
    return found[-1] if found else None


def _slider_figures(swept: tuple[ComparedRun, Evaluation] | None) -> dict:
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
