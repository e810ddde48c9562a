"""Feature norms of several runs: groups, curves, and what is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from counterpoise.errors import InputError
from counterpoise.report.study_norms import (
    checked_norms,
    group_norms,
    norm_curves,
    norms_json,
    write_norms_study,
)


@pytest.fixture
def found(make_evaluation: Callable[..., Any]) -> dict[str, Any]:
    """Two runs; the classes stand tail first in the labels."""
    first = make_evaluation()
    first["class_counts"] = first["class_counts"][::-1]
    return {"a": first, "b": {**first, "feature_norms": [1.0, None, *[3.0] * 7, 6.0]}}


def test_groups_are_means_over_known_classes(found: dict[str, Any]) -> None:
    groups = {"many": [8, 9], "medium": [0, 1], "few": [1]}
    assert group_norms({**found["b"], "shots": {"groups": groups}}) == {
        "many": 4.5,
        "medium": 1.0,
        "few": None,
    }


def test_numbers_and_curves_go_from_head_to_tail(found: dict[str, Any]) -> None:
    numbers, curve = norms_json(found), norm_curves(found).data[1]
    assert numbers["class_counts"] == sorted(numbers["class_counts"], reverse=True)
    assert numbers["runs"]["b"]["feature_norms"] == [6.0, *[3.0] * 7, None, 1.0]
    assert list(curve.y) == numbers["runs"]["b"]["feature_norms"]
    assert curve.name == "b"


def test_runs_without_norms_or_on_other_classes_are_refused(found: dict[str, Any]) -> None:
    assert checked_norms(found) is found
    with pytest.raises(InputError, match="b has no feature norms"):
        checked_norms({**found, "b": {**found["b"], "feature_norms": None}})
    with pytest.raises(
        InputError, match="same classes and training counts, but those of b differ from those of a"
    ):
        checked_norms({**found, "b": {**found["b"], "class_counts": [1] * 10}})


def test_the_page_has_a_row_and_a_colour_for_each_run(
    found: dict[str, Any], tmp_path: Path, read_page: Callable[[Path], Any]
) -> None:
    page = read_page(write_norms_study(tmp_path / "page.html", found))
    assert len(page.figures["study-1"]["data"]) == 2
    assert "Few : many" in page.text
    assert "--colour: var(--run-2)" in page.own
