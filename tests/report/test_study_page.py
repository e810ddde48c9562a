"""The page that all studies with a curve share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import pytest

from counterpoise.errors import InputError
from counterpoise.report.study_page import Columns, Key, Section, write_study


def page_at(path: Path) -> Path:
    figure = go.Figure(go.Scatter(x=[1, 2], y=[3, 4])).update_layout(height=200)
    sections = [
        Section(
            "With all", "text & more", figure, [Key("<a>", "var(--few)")], Columns(("x", "y"), [("<i>", "2")])
        ),
        Section("Bare", "only text"),
    ]
    return write_study(path, title="a <b> title", kind="study of x", lead="lead", sections=sections)


def test_figures_tables_and_texts_are_on_the_page(tmp_path: Path, read_page: Callable[[Path], Any]) -> None:
    page = read_page(page_at(tmp_path / "new" / "report.html"))
    assert list(page.figures) == ["study-1"]
    for words in ("With all", "Bare", "only text", "study of x", "lead"):
        assert words in page.text
    assert "a &lt;b&gt; title" in page.own
    assert "<td>&lt;i&gt;</td>" in page.own
    assert "text &amp; more" in page.own


def test_a_page_that_cannot_be_written_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write"):
        page_at(tmp_path / "file" / "report.html")
