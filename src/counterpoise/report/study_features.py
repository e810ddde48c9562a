"""Training and test features in one plane, and how far the tail leaks into the head (Yang, Xu, figures 1 and 4)."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from counterpoise.metrics.neighbours import Leakage
from counterpoise.report.evaluation import GROUPS, head_to_tail
from counterpoise.report.plane import Regions
from counterpoise.report.study_page import Columns, Key, Section, write_study
from counterpoise.report.style import PAPER, paired_panels
from counterpoise.report.words import counted, percent

COLOURS = ("#3b4cc0", "#0072b2", "#22a7c4", "#009e73", "#86b92e", "#e0b000", "#e8820e", "#d55e00", "#a01c2c")
"""From the most frequent class to the rarest; around the colours that many, medium and few have everywhere (ours)."""

NAMED_CLASSES = 20
"""Up to this many classes the key names each one (ours)."""

TITLES = ("Run", "To many-shot", "To own class", "Few-shot accuracy", "Samples")
"""Of the table of `leakage_rows`."""

_SYMBOLS = {"many": "circle", "medium": "square", "few": "diamond"}
_SIZES = {"many": 5, "medium": 5, "few": 8}


class Shown(NamedTuple):
    """The drawn samples of one split.

    Attributes:
        title: what the panel is called.
        points: places in the plane, (M, 2).
        targets: their classes, (M,).
        predictions: what the net takes them for, (M,).
    """

    title: str
    points: NDArray
    targets: NDArray
    predictions: NDArray


class Embedded(NamedTuple):
    """One run in the plane.

    Attributes:
        name: of the run.
        class_names: C names.
        class_counts: C numbers of training samples.
        groups: many, medium or few for each class.
        rule: what makes a class one of these, for people.
        panels: training samples and test samples, in one plane.
        regions: what the net would say between them.
        leakage: of all few-shot test samples, not only of the drawn ones.
        few: accuracy of the few-shot classes.
    """

    name: str
    class_names: Sequence[str]
    class_counts: Sequence[int]
    groups: Sequence[str | None]
    rule: str
    panels: Sequence[Shown]
    regions: Regions
    leakage: Leakage | None
    few: float | None

    @property
    def ranks(self) -> NDArray:
        """Place of each class from head to tail, (C,)."""
        return np.argsort(head_to_tail(self.class_counts))


def scale_colour(share: float) -> str:
    """The colour at a share of the way from head to tail."""
    place = share * (len(COLOURS) - 1)
    before = min(int(place), len(COLOURS) - 2)
    first, second = (_rgb(COLOURS[index]) for index in (before, before + 1))
    mixed = (round(a + (place - before) * (b - a)) for a, b in zip(first, second, strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def _rgb(colour: str) -> list[int]:
    return [int(colour[start : start + 2], 16) for start in (1, 3, 5)]


def class_key(run: Embedded) -> list[Key]:
    """What the colours stand for: every class, or of many classes the first, the middle and the last one."""
    order, last = head_to_tail(run.class_counts), max(len(run.class_counts) - 1, 1)
    places = range(last + 1) if last < NAMED_CLASSES else (0, last // 2, last)
    return [_key(run, order[place], place / last) for place in places if place < len(order)]


def _key(run: Embedded, index: int, share: float) -> Key:
    told = f"{run.class_names[index]} ({run.class_counts[index]:,}, {run.groups[index]})"
    return Key(told, scale_colour(share))


def plane_panels(run: Embedded) -> go.Figure:
    """Training and test samples in two panels of one plane, before the regions of the net's decisions."""
    figure = paired_panels(520, [escape(panel.title, quote=False) for panel in run.panels])
    for column, panel in enumerate(run.panels, start=1):
        figure.add_trace(_ground(run), row=1, col=column)
        for group in GROUPS:
            figure.add_trace(_points(run, panel, group), row=1, col=column)
    across, up = ([float(ends[0]), float(ends[-1])] for ends in (run.regions.x, run.regions.y))
    bare = {"showticklabels": False, "showgrid": False, "showline": False, "ticks": ""}
    figure.update_xaxes(bare, range=across).update_yaxes(bare, range=up)
    return figure.update_layout(margin={"l": 14, "b": 14})


def _colours(run: Embedded) -> list[list[Any]]:
    return [[place / (len(COLOURS) - 1), colour] for place, colour in enumerate(COLOURS)]


def _ground(run: Embedded) -> go.Heatmap:
    x, y, classes = run.regions
    return go.Heatmap(
        x=x.round(3).tolist(),
        y=y.round(3).tolist(),
        z=run.ranks[classes].tolist(),
        zmin=0,
        zmax=max(len(run.ranks) - 1, 1),
        colorscale=_colours(run),
        opacity=0.3,
        showscale=False,
        hoverinfo="skip",
    )


def _points(run: Embedded, panel: Shown, group: str) -> go.Scatter:
    mine = np.array([run.groups[target] == group for target in panel.targets], dtype=bool)
    names = [escape(name, quote=False) for name in run.class_names]
    rows = zip(panel.targets[mine], panel.predictions[mine], strict=True)
    return go.Scatter(
        name=group,
        x=panel.points[mine, 0].round(2).tolist(),
        y=panel.points[mine, 1].round(2).tolist(),
        mode="markers",
        marker={
            "color": run.ranks[panel.targets[mine]].tolist(),
            "colorscale": _colours(run),
            "cmin": 0,
            "cmax": max(len(run.ranks) - 1, 1),
            "symbol": _SYMBOLS[group],
            "size": _SIZES[group],
            "line": {"color": PAPER, "width": 0.6 if group != "few" else 1.2},
        },
        customdata=[[names[target], names[label]] for target, label in rows],
        hovertemplate=f"<b>%{{customdata[0]}}</b>, {group}<br>predicted %{{customdata[1]}}<extra></extra>",
    )


def leakage_rows(runs: Sequence[Embedded]) -> list[list[str]]:
    """One row per run: where few-shot test samples have their nearest training neighbour, in words."""
    return [_row(run.name, run.leakage, run.few) for run in runs]


def _row(name: str, found: Leakage | None, few: float | None) -> list[str]:
    head, own, samples = found or (None, None, 0)
    return [name, percent(head), percent(own), percent(few), f"{samples:,}"]


def features_json(runs: Sequence[Embedded]) -> dict[str, Any]:
    """The numbers of the page as plain JSON types."""
    return {
        run.name: {
            "leakage": None if run.leakage is None else run.leakage._asdict(),
            "few": run.few,
            "drawn": {panel.title: len(panel.points) for panel in run.panels},
        }
        for run in runs
    }


LEAD = """Features that enter the classifier, of training and test samples in one plane (t-SNE, perplexity 30). The
value-of-labels paper shows with such pictures how samples of tail classes leak into the regions of head classes when
they are tested, and that unlabeled data and self-supervised pre-training help against it."""

LEAKED = """Share of the few-shot test samples whose nearest training sample in feature space is of a many-shot class,
or of their own class, in percent; all samples count, not only those that are drawn below."""

GROUND = """Points are samples, coloured by their class from head to tail; diamonds are few-shot, squares medium,
circles many-shot. The ground shows what the net predicts for the samples around a place. In a t-SNE, distances between
groups that lie apart mean nothing."""


def write_features_study(path: Path, runs: Sequence[Embedded]) -> Path:
    """Write the page.

    Raises:
        InputError: the page cannot be written.
    """
    table = Columns(TITLES, leakage_rows(runs))
    leaked = Section("How far the tail leaks", f"{LEAKED} Groups: {runs[0].rule}.", table=table)
    return write_study(
        path,
        title="Train and test in one plane",
        kind="study of features",
        lead=f"{LEAD} {GROUND}",
        sections=[leaked, *map(_section, runs)],
    )


def _section(run: Embedded) -> Section:
    drawn = " and ".join(f"{counted(len(panel.points), 'sample')} of {panel.title}" for panel in run.panels)
    return Section(
        run.name, f"{drawn}, of every class as many where there are.", plane_panels(run), class_key(run)
    )
