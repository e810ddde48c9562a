"""One look for all figures.

Colours are names of variables in ``page.css``, which the page resolves when it draws. A figure therefore
follows the light, dark or print palette of its page, and each group keeps one colour everywhere.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

INK, MUTED, LINE, PAPER = "var(--ink)", "var(--muted)", "var(--line)", "var(--paper)"

LABELLED_CLASSES = 60
"""Beyond this many classes the axis has no names; they show under the pointer (ours)."""

_LONGEST_LABEL = 18
_TRANSPARENT = "rgba(0,0,0,0)"
_POINTED = {"bgcolor": PAPER, "bordercolor": LINE, "font_color": INK, "font_size": 13, "align": "left"}


def group_colour(group: str | None) -> str:
    """Fixed colour of many, medium, few or overall; grey for a class without a group."""
    return f"var(--{group})" if group else MUTED


def run_colour(position: int) -> str:
    """Colour of a run in a comparison; six differ, then they repeat."""
    return f"var(--run-{position % 6 + 1})"


def panel(height: int, **layout: Any) -> go.Figure:
    """Make an empty figure with one pair of axes."""
    return _styled(go.Figure(), height, layout)


def stacked_panels(height: int, shares: Sequence[float]) -> go.Figure:
    """Make an empty figure of panels above each other over one horizontal axis."""
    rows = len(shares)
    figure = make_subplots(rows=rows, shared_xaxes=True, row_heights=list(shares), vertical_spacing=0.06)
    return _styled(figure, height, {})


def paired_panels(height: int, titles: Sequence[str]) -> go.Figure:
    """Make an empty figure of two panels side by side over one vertical axis, each under its title."""
    figure = make_subplots(
        rows=1, cols=2, shared_yaxes=True, horizontal_spacing=0.03, subplot_titles=list(titles)
    )
    return _styled(figure, height, {}).update_layout(margin_t=34)


def _styled(figure: go.Figure, height: int, layout: Mapping[str, Any]) -> go.Figure:
    figure.update_layout(
        template="none",
        height=height,
        margin={"l": 58, "r": 14, "t": 14, "b": 44},
        paper_bgcolor=_TRANSPARENT,
        plot_bgcolor=_TRANSPARENT,
        font={"color": MUTED, "size": 12.5},
        hoverlabel=_POINTED,
        showlegend=False,
        dragmode=False,
        bargap=0.28,
    )
    figure.update_xaxes(
        showgrid=False, zeroline=False, linecolor=LINE, showline=True, fixedrange=True, title_font_size=13
    )
    figure.update_yaxes(
        gridcolor=LINE, zeroline=False, fixedrange=True, title={"standoff": 8, "font_size": 13}
    )
    figure.update_yaxes(ticks="outside", ticklen=6, tickcolor=_TRANSPARENT)
    figure.update_layout(layout)
    return figure


def percent_axis(title: str, highest: float = 100) -> dict[str, Any]:
    """Describe an axis from 0 to ``highest`` percent."""
    return {"title_text": title, "range": [0, highest], "ticksuffix": " %", "nticks": 6}


def count_axis(title: str, counts: Sequence[int]) -> dict[str, Any]:
    """Describe a logarithmic axis that starts below the decade of the smallest count, so every bar shows."""
    positive = [count for count in counts if count > 0] or [1]
    lowest, highest = math.floor(math.log10(min(positive))) - 0.2, math.log10(max(positive)) + 0.25
    return {"title_text": title, "type": "log", "range": [lowest, highest], "dtick": 1, "tickformat": ",d"}


def class_axis(names: Sequence[str]) -> dict[str, Any]:
    """Describe the axis of the classes in the order given; position 1 is the first."""
    axis = {"range": [0.4, len(names) + 0.6], "tickmode": "array", "ticks": ""}
    if len(names) > LABELLED_CLASSES:
        return axis | {"tickvals": [], "title_text": f"{len(names):,} classes, head to tail"}
    labels = {"tickvals": list(range(1, len(names) + 1)), "ticktext": [_label(name) for name in names]}
    return axis | labels | {"autotickangles": [0, -50, -90], "automargin": True}


def _label(name: str) -> str:
    return escape(name if len(name) <= _LONGEST_LABEL else f"{name[: _LONGEST_LABEL - 1]}…", quote=False)


def marker_size(num_classes: int) -> float:
    """Diameter of a class's point in pixels: smaller where many share the width."""
    return 10 if num_classes <= 20 else 7 if num_classes <= 120 else 4.5


def in_percent(fractions: Iterable[float | None]) -> list[float | None]:
    """Percentages to a hundredth; what is absent stays absent and is not drawn."""
    return [None if fraction is None else round(100 * fraction, 2) for fraction in fractions]
