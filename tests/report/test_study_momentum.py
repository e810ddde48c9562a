"""Relative changes against the reference momentum, and their page."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from counterpoise.report.spread import Spread
from counterpoise.report.study_momentum import (
    change_curves,
    momentum_json,
    relative_change,
    relative_changes,
    signed,
    write_momentum_study,
)


def scores(many: float | None, few: float | None) -> dict[str, Any]:
    return {"many": many, "medium": 0.5, "few": few, "overall": 0.5}


FOUND = {
    0.5: [scores(0.9, 0.3), scores(0.6, 0.1)],
    0.98: [scores(0.6, 0.2), scores(0.8, 0.0)],
}


@pytest.mark.parametrize(
    ("score", "reference", "expected"),
    [
        (0.3, 0.2, 0.5),
        (0.1, 0.2, -0.5),
        (0.0, 0.2, -1.0),
        (0.3, 0.0, None),
        (None, 0.2, None),
        (0.2, None, None),
    ],
)
def test_relative_change(score: float | None, reference: float | None, expected: float | None) -> None:
    assert relative_change(score, reference) == (None if expected is None else pytest.approx(expected))


def test_changes_are_paired_by_seed() -> None:
    """Of 0.9 / 0.6 - 1 = 0.5 and 0.6 / 0.8 - 1 = -0.25, and for few of the one seed that has a reference."""
    changes = relative_changes(FOUND, 0.98)
    assert changes[0.5]["many"].mean == pytest.approx(0.125)
    assert changes[0.5]["many"].deviation == pytest.approx(0.75 / 2**0.5)
    assert changes[0.5]["few"].mean == pytest.approx(0.5)
    assert changes[0.5]["few"].deviation is None
    assert changes[0.98]["many"] == (0.0, 0.0)


def test_changes_in_words() -> None:
    assert signed(Spread(0.125, 0.031)) == "+12.5 ± 3.1"
    assert signed(Spread(-0.2, None)) == "−20.0"
    assert signed(Spread(None, None)) == "–"


def test_changes_as_json() -> None:
    first, second = momentum_json(relative_changes(FOUND, 0.98))
    assert (first["momentum"], second["momentum"]) == (0.5, 0.98)
    assert first["few"] == {"mean": pytest.approx(0.5), "deviation": None}


def test_curves_stand_in_the_order_of_the_momenta() -> None:
    many, _, few, _ = change_curves(relative_changes(FOUND, 0.98)).data
    assert many.x == ("0.5", "0.98")
    assert many.y == (12.5, 0.0)
    assert few.y == (50.0, 0.0)


def test_the_page_shows_changes_and_accuracies(
    make_evaluation: Callable[..., Any], tmp_path: Path, read_page: Callable[[Path], Any]
) -> None:
    worse = {**make_evaluation(), "few": 0.25}
    found = {0.9: [{**worse, "few": 0.5}], 0.98: [worse]}
    path = write_momentum_study(
        tmp_path / "page.html", found, 0.98, title="title", settings="Held: the rate."
    )
    page = read_page(path)
    assert list(page.figures) == ["study-1"]
    assert "Held: the rate." in page.text
    assert "+100.0" in page.text
    assert "25.0" in page.text
