"""Errors of groups, and where there is nothing to count."""

import json

import pytest
import torch
from torch import Tensor

from counterpoise.metrics.calibration import calibration_summary
from counterpoise.metrics.shots import ShotGroups
from counterpoise.reliability import reliability, top_one

GROUPS = ShotGroups(
    "strict",
    torch.tensor([True, False, False, False]),
    torch.tensor([False, True, False, False]),
    torch.tensor([False, False, True, True]),
)


def made_up(rows: int = 500, classes: int = 4) -> tuple[Tensor, Tensor]:
    logits = 2 * torch.randn(rows, classes, dtype=torch.float64)
    return logits, torch.multinomial((0.5 * logits).softmax(dim=1), 1).flatten()


def test_a_sample_counts_in_the_group_of_its_true_class() -> None:
    logits, targets = made_up()
    found = calibration_summary(logits, targets, GROUPS)
    for name, classes in (("many", [0]), ("medium", [1]), ("few", [2, 3])):
        mine = torch.isin(targets, torch.tensor(classes))
        confidence, right, _ = top_one(logits[mine], targets[mine])
        assert found[f"ece_{name}"] == pytest.approx(reliability(confidence, right).error)
    assert sum(one["count"] for one in found["bins"]) == 500
    assert len(found["bins"]) == 15


def test_what_is_empty_is_none() -> None:
    logits, targets = made_up()
    found = calibration_summary(logits[targets != 1], targets[targets != 1], GROUPS)
    assert found["ece_medium"] is None
    assert found["bins"][0] == {"confidence": None, "accuracy": None, "count": 0}, (
        "below 1/4 nobody is the first"
    )
    nothing = calibration_summary(logits[:0], targets[:0], GROUPS)
    assert nothing["ece"] is nothing["nll"] is nothing["ece_few"] is None
    json.dumps([found, nothing], allow_nan=False)


def test_a_true_class_that_cannot_occur_has_no_likelihood() -> None:
    found = calibration_summary(torch.tensor([[0.0, -torch.inf, 1, 1]]), torch.tensor([1]), GROUPS)
    assert found["nll"] is None
    assert found["ece"] is not None
