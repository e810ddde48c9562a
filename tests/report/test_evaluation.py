import pytest

from counterpoise.errors import InputError
from counterpoise.report.evaluation import (
    GROUPS,
    SCORES,
    checked,
    counted_noun,
    group_name,
    group_of_class,
    head_to_tail,
    in_words,
    kinds,
    sample_noun,
    score_name,
    score_of,
)


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


def test_a_precision_is_found_by_its_name(make_evaluation):
    few = {"samples": 4, "accuracy": 0.5, "precision": 0.25}
    evaluation = make_evaluation() | {"precision": {"classes": {"few": few}, "attributes": {}}}
    assert score_of(evaluation, "precision_few") == 0.25
    assert score_of(evaluation, "few") == evaluation["few"]
    assert in_words("precision_few") == in_words("few") == "Few"


def test_scores_and_groups_of_objects_have_their_own_names(make_detection, make_evaluation):
    evaluation, usual = make_detection(), make_evaluation()
    assert [score_name(evaluation, score) for score in SCORES] == ["APf", "APc", "APr", "AP"]
    assert [score_name(usual, score) for score in (*SCORES, "mae")] == [
        "Many",
        "Medium",
        "Few",
        "Overall",
        "MAE",
    ]
    assert [group_name(evaluation, group) for group in (*GROUPS, None)] == [
        "frequent",
        "common",
        "rare",
        None,
    ]
    assert group_name(usual, "few") == "few"
    assert (counted_noun(evaluation), counted_noun(usual)) == ("object", "sample")
    assert (sample_noun(evaluation), sample_noun(usual)) == ("image", "sample")


def test_kinds_are_those_that_were_measured(make_detection):
    assert list(kinds(make_detection())) == ["boxes", "masks"]
    assert list(kinds(make_detection(masks=False))) == ["boxes"]
