import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.testing import assert_close

from counterpoise.losses import LogitDistance, Loss, SoftmaxKL, SoftmaxMSE, entropy


def pair() -> tuple[Tensor, Tensor]:
    student, teacher = 2 * torch.randn(2, 6, 4, dtype=torch.float64)
    return student.requires_grad_(), teacher.requires_grad_()


def test_the_squared_distance_is_divided_by_the_classes_and_the_batch() -> None:
    student, teacher = pair()
    gap = student.softmax(1) - teacher.softmax(1)
    assert_close(SoftmaxMSE()(student, teacher), (gap**2).sum() / 4 / 6)


def test_the_divergence_is_from_the_teacher() -> None:
    student, teacher = pair()
    wanted = F.kl_div(student.log_softmax(1), teacher.softmax(1), reduction="batchmean")
    other = F.kl_div(teacher.log_softmax(1), student.softmax(1), reduction="batchmean")
    assert_close(SoftmaxKL()(student, teacher), wanted)
    assert abs(wanted - other) > 1e-3


@pytest.mark.parametrize("loss", [SoftmaxMSE(), SoftmaxKL()])
def test_the_student_learns_and_the_teacher_does_not(loss: Loss) -> None:
    student, teacher = pair()
    loss(student, teacher).backward()
    assert student.grad is not None
    assert student.grad.abs().min() > 1e-6
    assert teacher.grad is None


def test_two_sets_of_logits_come_together_from_both_sides() -> None:
    first, second = pair()
    LogitDistance()(first, second).backward()
    assert first.grad is not None
    assert second.grad is not None
    assert_close(first.grad, 2 * (first - second) / 24)
    assert_close(second.grad, -first.grad)


@pytest.mark.parametrize("loss", [SoftmaxMSE(), SoftmaxKL(), LogitDistance()])
def test_who_agrees_pays_nothing(loss: Loss) -> None:
    student, _ = pair()
    assert loss(student, student.detach()).abs().item() < 1e-15


def test_half_precision_is_read_as_single() -> None:
    student, teacher = (each.detach().half() for each in pair())
    assert_close(SoftmaxMSE()(student, teacher), SoftmaxMSE()(student.float(), teacher.float()))


def test_entropy_is_that_of_the_softmax_and_has_a_gradient() -> None:
    logits = torch.tensor([[0.0, 0.0], [0.0, math.log(3)], [0.0, 500.0]], requires_grad=True)
    wanted = [math.log(2), -0.25 * math.log(0.25) - 0.75 * math.log(0.75), 0.0]
    found = entropy(logits)
    assert found.tolist() == pytest.approx(wanted)
    found.sum().backward()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()
    assert logits.grad[1].tolist() == pytest.approx([0.75 * 0.25 * math.log(3), -0.75 * 0.25 * math.log(3)])
