"""The page of a data set before any training."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from counterpoise.data.data import DETECTION
from counterpoise.files import write_text
from counterpoise.report.class_row import ClassRow
from counterpoise.report.evaluation import GROUPS
from counterpoise.report.render import render
from counterpoise.report.style import MUTED, class_axis, count_axis, stacked_panels
from counterpoise.report.words import setting_rows

_SHOWN = ("name", "class_names", "counts", "imbalance_ratio", "shots", "warnings", "images")


def write_inspection(inspection: Mapping[str, Any], path: Path) -> Path:
    """Write one self-contained page with the class counts of every split, head to tail.

    Args:
        inspection: ``name``, ``class_names``, ``counts`` (one list per split; ``train`` is needed),
            ``imbalance_ratio``, ``shots`` and ``warnings``; where objects are counted, ``images`` in the same form;
            what else it holds is listed as it is.
        path: the file to write.

    Raises:
        InputError: the page cannot be written.
    """
    kind = {"task": DETECTION if inspection.get("images") else None, "target": inspection.get("target")}
    train = {"class_names": inspection["class_names"], "class_counts": inspection["counts"]["train"]}
    row = ClassRow({**kind, **train, "shots": inspection["shots"]})
    more = setting_rows({name: value for name, value in inspection.items() if name not in _SHOWN})
    sizes = {group: len(inspection["shots"]["groups"].get(group, ())) for group in GROUPS}
    content = {"kind": kind, "row": row, "sizes": sizes, "images": inspection.get("images"), "more": more}
    curve = count_curve(row, inspection["counts"])
    page = render("inspection.html", title=inspection["name"], inspection=inspection, curve=curve, **content)
    write_text(path, page)
    return path


def count_curve(row: ClassRow, counts: Mapping[str, Any]) -> go.Figure:
    """Training count of every class (logarithmic), and below it the counts of each other split (linear)."""
    others = [split for split in counts if split != "train" and counts[split]]
    figure = stacked_panels(300 + 90 * len(others), [1.0, *(0.32 for _ in others)])
    figure.add_trace(row.bars(), row=1, col=1)
    figure.update_yaxes(count_axis("train", row.counts), row=1)
    for position, split in enumerate(others, start=2):
        heights, wording = row.pick(counts[split]), f"%{{y:,}} {split} {row.counted}s"
        figure.add_bar(x=row.places, y=heights, marker_color=MUTED, row=position, col=1, **row.hover(wording))
        figure.update_yaxes(title_text=split, tickformat=",", nticks=3, rangemode="tozero", row=position)
    figure.update_xaxes(range=class_axis(row.names)["range"])
    return figure.update_xaxes(class_axis(row.names), row=len(others) + 1)
