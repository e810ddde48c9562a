"""The page of a study: sections of a figure and a table each."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import plotly.graph_objects as go

from counterpoise.files import write_text
from counterpoise.report.evaluation import SCORES
from counterpoise.report.render import render
from counterpoise.report.style import group_colour


class Key(NamedTuple):
    """What a colour of a figure stands for; the colour is a CSS variable of ``page.css``."""

    name: str
    colour: str


class Columns(NamedTuple):
    """A table as it is shown: the first column is text, the others are numbers in words."""

    titles: Sequence[str]
    rows: Sequence[Sequence[str]]


class Section(NamedTuple):
    """A heading, what there is to see, and the figure and the table that show it."""

    heading: str
    text: str
    figure: go.Figure | None = None
    key: Sequence[Key] = ()
    table: Columns | None = None


GROUP_KEY = tuple(Key(score.capitalize(), group_colour(score)) for score in SCORES)


def write_study(path: Path, *, title: str, kind: str, lead: str, sections: Sequence[Section]) -> Path:
    """Write the self-contained page of a study, and return its path.

    Args:
        path: the file to write.
        title: the heading of the page.
        kind: what stands at the top right, such as "study of alpha".
        lead: one paragraph below the title.
        sections: what follows.

    Raises:
        InputError: the page cannot be written.
    """
    write_text(path, render("study.html", title=title, kind=kind, lead=lead, sections=sections))
    return path
