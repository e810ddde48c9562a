import pytest

from counterpoise.report.level_figures import level_agreement, level_errors

GROUPS = ("overall", "many", "medium", "few")


@pytest.fixture
def evaluation() -> dict:
    levels = {
        "classes": [2, 4, 26],
        "inconsistency": [0.05, 0.25, 0.0],
        "peak": [0.8, 0.5, None],
        "own": {name: [9.0, 5.0, 4.0] for name in GROUPS} | {"few": [None] * 3},
        "within": {name: [3.5, 4.5, 4.0] for name in GROUPS} | {"few": [None] * 3},
    }
    return {"better": "lower", "target": "age", "overall": 3.9, "levels": levels}


def test_errors_stand_over_the_change_for_the_finest(evaluation) -> None:
    zero, *own, many, medium, few, overall = level_errors(evaluation).data
    assert len(own) == 4
    assert list(own[0].y) == [9.0, 5.0, 4.0]
    assert list(many.y) == list(medium.y) == list(overall.y) == [-0.5, 0.5, 0.0]
    assert list(few.y) == [None] * 3
    assert {line.yaxis for line in own} == {"y"}
    assert {line.yaxis for line in (zero, many, overall)} == {"y2"}


def test_levels_are_named_by_their_classes(evaluation) -> None:
    for figure in (level_errors(evaluation), level_agreement(evaluation)):
        assert list(figure.layout.xaxis.ticktext) == ["2", "4", "26"]
        assert list(figure.data[-1].x) == list(figure.layout.xaxis.tickvals) == [1, 2, 3]


def test_disagreement_stands_beside_probability_in_percent(evaluation) -> None:
    bars, line = level_agreement(evaluation).data
    assert list(bars.y) == [5, 25, 0]
    assert list(line.y) == [80, 50, None]
    assert bars.type == "bar"
