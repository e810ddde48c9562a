"""Bins and errors against loops and against torchmetrics."""

import math

import pytest
import torch
from torch import Tensor
from torchmetrics.functional.classification import multiclass_calibration_error

from counterpoise.reliability import reliability, top_one


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
