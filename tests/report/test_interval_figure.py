import pytest

from counterpoise.report.interval_figure import coverage, interval_rows


@pytest.fixture
def evaluation() -> dict:
    shares = {"overall": [0.1, 0.55, 0.8], "many": [0.2, 0.6, 0.95], "medium": [0.0, 0.5, 0.7]}
    widths = {name: [1.0, 5.04, 9.0] for name in shares}
    nothing = {"few": [None] * 3}
    intervals = {"nominal": [0.1, 0.5, 0.9], "coverage": shares | nothing, "width": widths | nothing}
    return {"better": "lower", "target": "age", "overall": 3.9, "intervals": intervals}


def test_what_is_held_stands_over_what_is_said(evaluation) -> None:
    diagonal, many, medium, few, overall = coverage(evaluation).data
    assert (diagonal.x, diagonal.y) == ((0, 100), (0, 100))
    assert list(many.x) == list(overall.x) == [10, 50, 90]
    assert list(many.y) == [20, 60, 95]
    assert list(medium.y) == [0, 50, 70]
    assert list(overall.y) == [10, 55, 80]
    assert list(few.y) == [None] * 3


def test_the_table_begins_with_all_samples(evaluation) -> None:
    rows = interval_rows(evaluation)
    assert [row.group for row in rows] == ["overall", "many", "medium", "few"]
    assert rows[0].cells == [("55.0", "5.04"), ("80.0", "9.00")]
    assert rows[3].cells == [("–", "–"), ("–", "–")]
