"""Bins and errors against loops, against torchmetrics, and where there is nothing to count."""

import json
import math

import pytest
import torch
from torch import Tensor
from torchmetrics.functional.classification import multiclass_calibration_error

from counterpoise.metrics.calibration import calibration_summary, reliability, top_one
from counterpoise.metrics.shots import ShotGroups

GROUPS = ShotGroups(
    "strict",
    torch.tensor([True, False, False, False]),
    torch.tensor([False, True, False, False]),
    torch.tensor([False, False, True, True]),
)


def made_up(rows: int = 500, classes: int = 4) -> tuple[Tensor, Tensor]:
    logits = 2 * torch.randn(rows, classes, dtype=torch.float64)
    return logits, torch.multinomial((0.5 * logits).softmax(dim=1), 1).flatten()


def looped(confidence: list[float], right: list[bool], weights: list[float], bins: int) -> float:
    error = 0.0
    for m in range(1, bins + 1):
        inside = [i for i, c in enumerate(confidence) if (m - 1) / bins < c <= m / bins]
        mass = sum(weights[i] for i in inside)
        if inside:
            sure = sum(weights[i] * confidence[i] for i in inside) / mass
            error += mass * abs(sure - sum(weights[i] * right[i] for i in inside) / mass)
    return error / sum(weights)


@pytest.mark.parametrize("bins", [1, 2, 15, 40])
def test_the_error_is_that_of_a_loop(bins: int) -> None:
    confidence, right, _ = top_one(*made_up())
    weights = torch.rand(500, dtype=torch.float64)
    plain = looped(confidence.tolist(), right.tolist(), [1.0] * 500, bins)
    weighted = looped(confidence.tolist(), right.tolist(), weights.tolist(), bins)
    assert reliability(confidence, right, bins=bins).error == pytest.approx(plain, rel=1e-10)
    assert reliability(confidence, right, bins=bins, weights=weights).error == pytest.approx(
        weighted, rel=1e-10
    )
    assert abs(plain - weighted) > 1e-4, "the weights must change something in this example"


@pytest.mark.parametrize("classes", [2, 4, 30])
def test_the_error_is_that_of_torchmetrics(classes: int) -> None:
    logits, targets = made_up(classes=classes)
    expected = multiclass_calibration_error(logits.softmax(dim=1), targets, classes, n_bins=15)
    confidence, right, _ = top_one(logits, targets)
    assert reliability(confidence, right).error == pytest.approx(expected.item(), rel=1e-6)


def test_a_predictor_that_is_right_as_often_as_it_says_has_no_error() -> None:
    confidence = torch.tensor([0.75] * 4 + [0.5] * 2 + [1.0])
    right = torch.tensor([True, True, True, False, True, False, True])
    assert reliability(confidence, right).error == 0


def test_confidence_of_one_shares_the_last_bin() -> None:
    found = reliability(torch.tensor([1.0, 0.95]), torch.tensor([True, True]))
    assert found.mass.tolist() == [0] * 14 + [2]


def test_likelihood_and_confidence_are_those_of_softmax() -> None:
    logits, targets = made_up(rows=5000)
    confidence, right, surprise = top_one(logits, targets)
    for row in (0, 4095, 4096, 4999):
        powers = [math.exp(value) for value in logits[row].tolist()]
        assert confidence[row].item() == pytest.approx(max(powers) / sum(powers))
        assert right[row].item() == (powers.index(max(powers)) == targets[row])
        assert surprise[row].item() == pytest.approx(-math.log(powers[targets[row]] / sum(powers)))


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
