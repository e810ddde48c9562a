import pytest

from counterpoise.errors import InputError
from counterpoise.report.evaluation import checked, group_of_class, head_to_tail


def test_head_to_tail_is_stable():
    assert head_to_tail([5, 9, 5, 100]) == [3, 1, 0, 2]


def test_a_class_that_no_group_claims_has_none():
    assert group_of_class({"groups": {"many": [2], "few": [0]}}, 3) == ["few", None, "many"]


def test_checked_names_what_is_missing(make_evaluation):
    evaluation = make_evaluation()
    assert checked(evaluation, "it") is evaluation
    del evaluation["per_class"]
    with pytest.raises(InputError, match="it should hold per_class"):
        checked(evaluation, "it")


def test_checked_compares_lengths(make_evaluation):
    with pytest.raises(InputError, match="10 class_names, 10 class_counts, 9 per_class"):
        checked(make_evaluation() | {"per_class": [0.5] * 9}, "it")
