"""Accuracy and precision of groups, against slow counts."""

import pytest
import torch

from counterpoise.metrics.shots import shot_groups
from counterpoise.training.precision import precision_by_group

GROUPS = shot_groups(torch.tensor([200, 50, 5, 4]), convention="strict")
TARGETS = torch.tensor([0, 0, 0, 1, 1, 2])
PREDICTIONS = torch.tensor([0, 1, 2, 1, 1, 0])


def test_answers_are_counted_over_all_samples() -> None:
    found = precision_by_group(PREDICTIONS, TARGETS, GROUPS, None)
    many = found["classes"]["many"]
    assert (many["samples"], many["accuracy"], many["precision"]) == (3, pytest.approx(1 / 3), 1 / 2)
    assert found["classes"]["medium"] == {"samples": 2, "accuracy": 1.0, "precision": pytest.approx(2 / 3)}
    assert found["classes"]["few"] == {"samples": 1, "accuracy": 0.0, "precision": 0.0}
    overall = found["classes"]["overall"]
    assert overall == {"samples": 6, "accuracy": 0.5, "precision": pytest.approx((1 / 2 + 2 / 3 + 0) / 3)}
    assert found["attributes"] == {}


def test_an_attribute_is_a_test_set_of_its_own() -> None:
    found = precision_by_group(PREDICTIONS, TARGETS, GROUPS, ("10", "10", "2", "2", "10", "10"))["attributes"]
    assert list(found) == ["2", "10"]
    assert found["2"] == {"samples": 2, "accuracy": 0.5, "precision": 0.5}
    assert found["10"]["samples"] == 4
    assert found["10"]["precision"] == pytest.approx((1 / 2 + 1 / 2 + 0) / 3)


def test_groups_without_samples_have_no_numbers() -> None:
    found = precision_by_group(PREDICTIONS[:3], TARGETS[:3], GROUPS, None)["classes"]
    assert found["few"] == {"samples": 0, "accuracy": None, "precision": None}
