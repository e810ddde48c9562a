import math

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import (
    CrossEntropy,
    SoftOrdinalLoss,
    absolute_distance,
    log_squared_distance,
    soft_cross_entropy,
    soft_ordinal_labels,
    squared_distance,
)

from .conftest import LogSoftmax

Batch = tuple[Tensor, Tensor]
FORMULAS = {
    absolute_distance: lambda t, r: abs(t - r),
    squared_distance: lambda t, r: (t - r) ** 2,
    log_squared_distance: lambda t, r: (math.log(t) - math.log(r)) ** 2,
}
every_distance = pytest.mark.parametrize("distance", FORMULAS, ids=lambda distance: distance.__name__)
POSITIONS = torch.tensor([1.0, 2.0, 4.0, 8.0], dtype=torch.float64)


def looped(targets: list[float], temperature: float, distance) -> list[list[float]]:
    rows = []
    for target in targets:
        raw = [math.exp(-FORMULAS[distance](target, r) / temperature) for r in POSITIONS.tolist()]
        rows.append([value / sum(raw) for value in raw])
    return rows


@every_distance
@pytest.mark.parametrize("temperature", [0.3, 2.0, 50.0])
def test_labels_are_those_of_a_loop(distance, temperature: float) -> None:
    targets = torch.tensor([1.0, 3.3, 7.0, 20.0], dtype=torch.float64)
    labels = soft_ordinal_labels(targets, POSITIONS, temperature=temperature, distance=distance)
    wanted = torch.tensor(looped(targets.tolist(), temperature, distance), dtype=torch.float64)
    assert_close(labels, wanted, rtol=1e-12, atol=1e-100)


@every_distance
def test_losses_are_those_of_a_loop(distance, batch: Batch, log_softmax: LogSoftmax) -> None:
    logits, targets = batch
    loss = SoftOrdinalLoss(POSITIONS, temperature=3.0, distance=distance)
    labels = looped(POSITIONS[targets].tolist(), 3.0, distance)
    rows = zip(logits.tolist(), labels, strict=True)
    wanted = [-sum(y * z for y, z in zip(label, log_softmax(row), strict=True)) for row, label in rows]
    assert loss.per_sample(logits, targets).tolist() == pytest.approx(wanted, rel=1e-10)
    assert loss(logits, targets).item() == pytest.approx(sum(wanted) / 6, rel=1e-10)


def test_a_low_temperature_is_one_hot(batch: Batch) -> None:
    produced = SoftOrdinalLoss(POSITIONS, temperature=1e-6).per_sample(*batch)
    assert torch.equal(produced, CrossEntropy().per_sample(*batch))


def test_a_high_temperature_knows_nothing() -> None:
    labels = soft_ordinal_labels(torch.tensor([1]), torch.arange(4), temperature=1e9)
    assert labels.tolist() == [pytest.approx([0.25] * 4)]


def test_the_default_is_a_gaussian_of_one_class() -> None:
    labels = soft_ordinal_labels(torch.tensor([60]), torch.arange(121))
    wanted = torch.exp(-0.5 * (torch.arange(121) - 60.0) ** 2)
    assert_close(labels[0], wanted / wanted.sum())


def test_labels_sum_to_one_however_far_a_target_lies() -> None:
    labels = soft_ordinal_labels(torch.tensor([1e6]), torch.arange(5), temperature=1e-3)
    assert labels.tolist() == [[0, 0, 0, 0, 1]]


def test_a_target_between_two_classes_belongs_to_both() -> None:
    labels = soft_ordinal_labels(torch.tensor([1.5]), torch.arange(4))
    assert_close(labels, labels.flip(1))
    assert labels[0, 1] == labels[0, 2] > labels[0, 0]


def test_class_numbers_and_logarithms_are_proportional_for_logarithmic_bins() -> None:
    numbers = soft_ordinal_labels(torch.arange(4), torch.arange(4), temperature=1.0)
    logarithms = soft_ordinal_labels(
        POSITIONS, POSITIONS, temperature=math.log(2) ** 2, distance=log_squared_distance
    )
    assert_close(numbers.double(), logarithms, rtol=1e-6, atol=1e-9)


def test_labels_that_are_the_prediction_have_no_gradient(batch: Batch) -> None:
    logits = batch[0].requires_grad_()
    loss = soft_cross_entropy(logits, logits.detach().softmax(dim=1))
    (gradient,) = torch.autograd.grad(loss.sum(), logits)
    assert gradient.abs().max() < 1e-14


def test_the_gradient_is_that_of_the_values(batch: Batch) -> None:
    loss = SoftOrdinalLoss(POSITIONS)
    assert torch.autograd.gradcheck(lambda z: loss(z, batch[1]), batch[0].requires_grad_())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_float32(dtype: torch.dtype, batch: Batch) -> None:
    logits, loss = batch[0].to(dtype), SoftOrdinalLoss(POSITIONS.float())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        produced = loss(logits, batch[1])
    assert_close(produced, loss(logits.float(), batch[1]))


@pytest.mark.parametrize("temperature", [0.0, -1.0, math.nan])
def test_a_temperature_that_is_none_is_refused(temperature: float) -> None:
    with pytest.raises(InputError, match=f"positive, but {temperature} came"):
        SoftOrdinalLoss(POSITIONS, temperature=temperature)


def test_the_logarithm_of_zero_is_refused() -> None:
    with pytest.raises(InputError, match="above 0"):
        SoftOrdinalLoss(torch.arange(3.0), distance=log_squared_distance)
