"""The page of one run."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from counterpoise.files import write_text
from counterpoise.report import figures
from counterpoise.report.claims import caveats, claim_rows
from counterpoise.report.class_row import ClassRow
from counterpoise.report.detection_figures import detection_figures
from counterpoise.report.evaluation import Evaluation, detects, precision_rows
from counterpoise.report.interval_figure import TOLD, coverage, interval_rows
from counterpoise.report.level_figures import level_agreement, level_errors
from counterpoise.report.regression_figures import error_curve, predicted_against_true, shot_rows
from counterpoise.report.reliability import reliability
from counterpoise.report.render import render
from counterpoise.report.run_folder import RunFolder, read_run
from counterpoise.report.sample_pictures import sample_pictures
from counterpoise.report.sweep import scores_at_zero, slider_data
from counterpoise.report.words import recipe_in_words, setting_rows

_SHOWN_ELSEWHERE = ("class_names", "class_counts", "skipped", "columns", "unlabeled", "notes")


def write_report(folder: Path) -> Path:
    """Write ``report.html`` into a run folder, and return its path.

    It is made from ``run.json``, ``evaluation.json`` and ``metrics.csv``, and of a detector from its sample pictures:
    neither data nor net. It is one file of about 5 MB that needs no network: plotly.js is inside it.

    Raises:
        InputError: a file of the run is missing or incomplete, or the page cannot be written.
    """
    path, found = folder / "report.html", read_run(folder)
    if detects(found.evaluation):
        page = render("detection.html", **_shared(found), pictures=sample_pictures(folder))
    else:
        page = render("page.html", **_shared(found), **_content(found.evaluation))
    write_text(path, page)
    return path


def _shared(found: RunFolder) -> dict[str, Any]:
    """What every page of a run shows."""
    run, evaluation = found.run, found.evaluation
    return {
        "title": recipe_in_words(run["calls"]),
        "run": run,
        "evaluation": evaluation,
        "row": ClassRow(evaluation),
        "figures": _figures(found),
        "slider": slider_data(evaluation) if evaluation.get("alpha_curve") else None,
        "claims": claim_rows(found),
        "caveats": caveats(found),
        "notes": found.notes,
        "settings": _settings(run),
        "skipped": run["facts"].get("skipped") or [],
    }


def _content(evaluation: Evaluation) -> dict[str, Any]:
    return {
        "shot_rows": shot_rows(evaluation) if "by_shot" in evaluation else [],
        "precision_rows": precision_rows(evaluation) if evaluation.get("precision") else [],
        "interval_rows": interval_rows(evaluation) if evaluation.get("intervals") else [],
        "told": TOLD,
        "before": scores_at_zero(evaluation),
        "calibration": evaluation.get("calibration"),
        "prior_warning": (evaluation.get("target_prior") or {}).get("warning"),
    }


def _figures(found: RunFolder) -> dict[str, go.Figure]:
    evaluation, epochs = found.evaluation, found.epochs
    shown = detection_figures(evaluation) if detects(evaluation) else _measured(evaluation)
    if evaluation.get("alpha_curve"):
        shown["alpha_curves"] = figures.alpha_curves(evaluation)
        shown["alpha_classes"] = figures.alpha_classes(evaluation)
    if epochs:
        shown["training"] = figures.training_curves(epochs)
    return shown


def _measured(evaluation: Evaluation) -> dict[str, go.Figure]:
    shown = {"group_bars": figures.group_bars(evaluation)}
    if "by_shot" in evaluation:
        shown |= {"error_curve": error_curve(evaluation), "predicted": predicted_against_true(evaluation)}
    else:
        shown["class_curve"] = figures.class_curve(evaluation)
    if evaluation.get("levels"):
        shown["level_errors"] = level_errors(evaluation)
        shown["level_agreement"] = level_agreement(evaluation)
    if evaluation.get("intervals"):
        shown["coverage"] = coverage(evaluation)
    if evaluation.get("calibration"):
        shown["reliability"] = reliability(evaluation["calibration"])
    if _has_number(evaluation.get("feature_norms")):
        shown["feature_norms"] = figures.feature_norms(evaluation)
    return shown


def _has_number(values: Iterable[float | None] | None) -> bool:
    return any(value is not None for value in values or ())


def _settings(run: dict[str, Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    facts = {name: value for name, value in run["facts"].items() if name not in _SHOWN_ELSEWHERE}
    sections = [(call["word"], setting_rows(call.get("arguments", {}))) for call in run["calls"]]
    sections += [(title, setting_rows(run.get(title) or {})) for title in ("training", "source")]
    sections += [("data", setting_rows(facts)), ("environment", setting_rows(run.get("environment") or {}))]
    return [(title, rows) for title, rows in sections if rows]
