"""The length of the features from head to tail (De-confound-TDE, figure 1b)."""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from statistics import fmean
from typing import Any

import plotly.graph_objects as go

from counterpoise.errors import InputError
from counterpoise.report.class_row import ClassRow
from counterpoise.report.evaluation import GROUPS, Evaluation
from counterpoise.report.study_page import Columns, Key, Section, write_study
from counterpoise.report.style import LABELLED_CLASSES, class_axis, marker_size, panel, run_colour
from counterpoise.report.words import ABSENT

Evaluations = Mapping[str, Evaluation]
"""One evaluation for each run, by name."""


def checked_norms(found: Evaluations) -> Evaluations:
    """The same evaluations, if all know the feature norms of the same classes with the same training counts.

    Raises:
        InputError: they do not.
    """
    first = next(iter(found))
    for name, one in found.items():
        if not any(norm is not None for norm in one.get("feature_norms") or ()):
            raise InputError(f"{name} has no feature norms; evaluate a run of images with one label each")
        if any(one[key] != found[first][key] for key in ("class_names", "class_counts")):
            raise InputError(
                f"expected runs with the same classes and training counts, but those of {name} differ from "
                f"those of {first}; study runs on the same data"
            )
    return found


def group_norms(evaluation: Evaluation) -> dict[str, float | None]:
    """Mean feature norm of each group, over the classes that have one; None for a group without."""
    norms, members = evaluation["feature_norms"], evaluation["shots"]["groups"]
    known = {group: [norms[c] for c in members[group] if norms[c] is not None] for group in GROUPS}
    return {group: fmean(values) if values else None for group, values in known.items()}


def norms_json(found: Evaluations) -> dict[str, Any]:
    """Classes head to tail with their counts, and for each run its norms in this order and those of its groups."""
    row = ClassRow(next(iter(found.values())))
    runs = {
        name: {"feature_norms": row.pick(one["feature_norms"]), "groups": group_norms(one)}
        for name, one in found.items()
    }
    return {"class_names": row.names, "class_counts": row.counts, "runs": runs}


def norm_curves(found: Evaluations) -> go.Figure:
    """Mean L2 norm of the features of every class, head to tail; one curve per run."""
    row, figure = ClassRow(next(iter(found.values()))), panel(420)
    roomy = len(row.places) <= LABELLED_CLASSES
    for position, (name, one) in enumerate(found.items()):
        figure.add_scatter(
            name=escape(name, quote=False),
            x=row.places,
            y=row.pick(one["feature_norms"]),
            mode="lines+markers" if roomy else "markers",
            line={"color": run_colour(position), "width": 2},
            marker={"size": marker_size(len(row.places)) - 1, "color": run_colour(position)},
            **row.hover("%{fullData.name} %{y:.3g}"),
        )
    figure.update_xaxes(class_axis(row.names))
    return figure.update_yaxes(title_text="mean feature norm", rangemode="tozero")


def write_norms_study(path: Path, found: Evaluations) -> Path:
    """Write the page.

    Raises:
        InputError: the page cannot be written.
    """
    first = next(iter(found.values()))
    lead = (
        "Mean L2 norm of the features that enter the classifier, for each class. The De-confound-TDE paper reads a "
        "fall from head to tail as the mark that momentum leaves on the features."
    )
    splits = " or ".join(dict.fromkeys(one["split"] for one in found.values()))
    text = f"Images of the {splits} split. Many, medium and few: {first['shots']['rule']}."
    titles = ("Run", *(group.capitalize() for group in GROUPS), "Few : many")
    columns = Columns(titles, [_cells(name, group_norms(one)) for name, one in found.items()])
    key = [Key(name, run_colour(position)) for position, name in enumerate(found)]
    section = Section("From head to tail", text, norm_curves(found), key, columns)
    return write_study(
        path, title="Length of the features", kind="study of norms", lead=lead, sections=[section]
    )


def _cells(name: str, norms: Mapping[str, float | None]) -> list[str]:
    many, few = norms["many"], norms["few"]
    ratio = few / many if few is not None and many else None
    return [name, *(ABSENT if one is None else f"{one:.3g}" for one in (*norms.values(), ratio))]
