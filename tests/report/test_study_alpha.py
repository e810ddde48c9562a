"""Marks and rows of the sweep over alpha, and their page."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from counterpoise.report.study_alpha import alpha_marks, alpha_rows, marked_curves, write_alpha_study


def test_marks_are_nothing_the_choice_and_the_rule(make_evaluation: Callable[..., Any]) -> None:
    marks = alpha_marks(make_evaluation(), 0.8)
    assert marks == {"total effect": 0.0, "chosen": 1.0, "authors' rule": 1.25}
    assert "authors' rule" not in alpha_marks(make_evaluation(), 0.0)


def test_rows_are_points_of_the_sweep(make_evaluation: Callable[..., Any]) -> None:
    """The made-up sweep ends at 4, so 5 and 6 have no row of their own."""
    evaluation = make_evaluation()
    rows = alpha_rows(evaluation, {"total effect": 0.0, "authors' rule": 1.3})
    assert [row["alpha"] for row in rows] == [-1, 0, 1, 1.25, 2, 3, 4]
    assert [row["marks"] for row in rows if row["marks"]] == [["total effect"], ["authors' rule"]]
    place = evaluation["alpha_curve"]["alphas"].index(1.25)
    assert rows[3]["few"] == evaluation["alpha_curve"]["few"][place]


@pytest.mark.parametrize(("rule", "shown"), [(2.5, True), (40.0, False)])
def test_marks_outside_the_sweep_are_not_drawn(
    make_evaluation: Callable[..., Any], rule: float, shown: bool
) -> None:
    marks = {"total effect": 0.0, "authors' rule": rule}
    texts = [
        note["text"] for note in marked_curves(make_evaluation(), marks).to_dict()["layout"]["annotations"]
    ]
    assert texts == ["total effect, 0.00", *(["authors' rule, 2.50"] if shown else [])]


def test_the_page_names_the_marks(
    make_evaluation: Callable[..., Any], tmp_path: Path, read_page: Callable[[Path], Any]
) -> None:
    evaluation = make_evaluation()
    page = read_page(
        write_alpha_study(tmp_path / "page.html", evaluation, alpha_marks(evaluation, 0.5), title="a run")
    )
    assert list(page.figures) == ["study-1"]
    assert "total effect 0.00, chosen 1.00, authors' rule 2.00" in page.text
    assert "1 (chosen)" in page.text
    assert "−1" in page.text
