import math

import pytest
import torch

from counterpoise.errors import InputError
from counterpoise.metrics import (
    AccuracyPrecision,
    accuracy_precision,
    attribute_group_scores,
    class_group_scores,
    class_precision,
)

TARGETS = torch.tensor([0, 0, 0, 1, 1, 2, 2, 2])
PREDICTIONS = torch.tensor([0, 0, 1, 1, 0, 1, 1, 3])


def test_precision_of_a_class_that_nobody_names_is_zero() -> None:
    assert class_precision(PREDICTIONS, TARGETS, 5).tolist() == [2 / 3, 1 / 4, 0, 0, 0]


def test_overall_precision_is_the_mean_over_the_classes_with_samples() -> None:
    found = accuracy_precision(PREDICTIONS, TARGETS, 5)
    assert found == (3 / 8, pytest.approx((2 / 3 + 1 / 4 + 0) / 3))
    assert found.f1 == pytest.approx(
        2 * found.accuracy * found.precision / (found.accuracy + found.precision)
    )


def test_no_right_answer_has_an_f1_of_zero() -> None:
    assert AccuracyPrecision(0.0, 0.0).f1 == 0.0


def test_answers_of_all_groups_count_against_a_group_of_classes() -> None:
    many, medium, few = class_group_scores(PREDICTIONS, TARGETS, torch.tensor([0, 1, 1, 2, 2]))
    assert many == (2 / 3, 2 / 3)
    assert medium == (1 / 5, (1 / 4 + 0) / 2)
    assert all(math.isnan(score) for score in few)


def test_a_group_of_attributes_is_a_test_set_of_its_own() -> None:
    attributes = torch.tensor([0, 0, 1, 0, 1, 1, 0, 1])
    found = attribute_group_scores(PREDICTIONS, TARGETS, attributes, 5, groups=2)
    for group, score in enumerate(found):
        mask = attributes == group
        assert score == accuracy_precision(PREDICTIONS[mask], TARGETS[mask], 5)
    assert found[0] == (3 / 4, (1 + 1 / 2 + 0) / 3)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="a prediction for each target"):
        accuracy_precision(PREDICTIONS[1:], TARGETS, 5)
    with pytest.raises(InputError, match="an attribute for each target"):
        attribute_group_scores(PREDICTIONS, TARGETS, TARGETS[1:], 5)
