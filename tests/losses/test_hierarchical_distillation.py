import math

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.hierarchy import equal_number_split, level_sizes
from counterpoise.losses import HierarchicalDistillation, RangePreservingDistillation, SummationDistillation

from .conftest import LogSoftmax

LEVELS = torch.tensor([[0, 0, 0, 1, 1], [0, 0, 1, 2, 2], [0, 1, 2, 3, 4]])
POOLS = {RangePreservingDistillation: max, SummationDistillation: sum}
every_kind = pytest.mark.parametrize("kind", POOLS, ids=lambda kind: kind.__name__)


@pytest.fixture
def student() -> Tensor:
    return 2 * torch.randn(6, 5, dtype=torch.float64)


@pytest.fixture
def teacher() -> Tensor:
    return 2 * torch.randn(6, 10, dtype=torch.float64)


@every_kind
def test_losses_are_those_of_a_loop(
    kind: type[HierarchicalDistillation], student: Tensor, teacher: Tensor, log_softmax: LogSoftmax
) -> None:
    """From probabilities, as equations 9 to 14 have it."""
    wanted = []
    for logits, outputs in zip(student.tolist(), teacher.tolist(), strict=True):
        shares = [math.exp(z) for z in log_softmax(logits)]
        taught = [[math.exp(z) for z in log_softmax(outputs[a:b])] for a, b in ((0, 2), (2, 5), (5, 10))]
        divergences = []
        for level, p in zip(LEVELS.tolist(), taught, strict=True):
            members = [[u for u in range(5) if level[u] == v] for v in range(len(p))]
            pooled = [POOLS[kind](shares[u] for u in inside) for inside in members]
            q = [value / sum(pooled) for value in pooled]
            divergences.append(sum(a * (math.log(a) - math.log(b)) for a, b in zip(p, q, strict=True)))
        wanted.append(divergences)
    loss = kind(LEVELS)
    assert_close(loss.per_level(student, teacher), student.new_tensor(wanted), rtol=1e-10, atol=1e-15)
    assert loss.per_sample(student, teacher).tolist() == pytest.approx(list(map(sum, wanted)), rel=1e-10)
    assert loss(student, teacher).item() == pytest.approx(sum(map(sum, wanted)) / 6, rel=1e-10)


@every_kind
def test_the_gradient_is_that_of_the_values(kind, student: Tensor, teacher: Tensor) -> None:
    loss = kind(LEVELS)
    assert torch.autograd.gradcheck(lambda z: loss(z, teacher), student.requires_grad_())


def long_tailed_levels() -> Tensor:
    return equal_number_split(100 * torch.exp(-torch.arange(30) / 6.0), 6)


@pytest.mark.parametrize("spread", [0.1, 1.0, 10.0])
def test_the_most_likely_coarse_class_always_holds_the_most_likely_finest_one(spread: float) -> None:
    """The proposition of the paper, for 20,000 students that are flat, ordinary and sharp."""
    levels, students = long_tailed_levels(), spread * torch.randn(20_000, 30, dtype=torch.float64)
    aligned = RangePreservingDistillation(levels).aligned(students).split(level_sizes(levels), dim=1)
    finest = students.argmax(dim=1)
    for level, shares in zip(levels, aligned, strict=True):
        assert torch.equal(level[finest], shares.argmax(dim=1))


def test_the_largest_sum_need_not_hold_the_most_likely_finest_class() -> None:
    probabilities = torch.tensor([[0.25, 0.25, 0.10, 0.40, 0.00]]).double() + 1e-9
    summed = SummationDistillation(LEVELS).aligned(probabilities.log())
    best = RangePreservingDistillation(LEVELS).aligned(probabilities.log())
    assert probabilities.argmax() == 3
    assert summed[0, :2].argmax() == 0 != LEVELS[0, 3]
    assert best[0, :2].argmax() == 1 == LEVELS[0, 3]


def test_summation_is_inconsistent_for_many_flat_students() -> None:
    levels, students = long_tailed_levels(), 0.5 * torch.randn(2000, 30, dtype=torch.float64)
    aligned = SummationDistillation(levels).aligned(students).split(level_sizes(levels), dim=1)
    wrong = (levels[0][students.argmax(dim=1)] != aligned[0].argmax(dim=1)).double().mean()
    assert wrong > 0.1


@every_kind
def test_every_level_is_a_distribution_and_the_last_is_the_student(kind, student: Tensor) -> None:
    levels = kind(LEVELS).aligned(student).exp().split([2, 3, 5], dim=1)
    for level in levels:
        assert_close(level.sum(dim=1), torch.ones(6, dtype=torch.float64), rtol=1e-12, atol=0)
    assert_close(levels[-1], student.softmax(dim=1), rtol=1e-12, atol=0)


@every_kind
def test_a_student_that_says_what_the_levels_say_has_no_loss(kind, student: Tensor) -> None:
    student.requires_grad_()
    loss = kind(LEVELS)
    mean = loss(student, loss.aligned(student))
    (gradient,) = torch.autograd.grad(mean, student)
    assert abs(mean.item()) < 1e-12
    assert gradient.abs().max() < 1e-12


@every_kind
def test_the_teacher_gets_no_gradient(kind, student: Tensor, teacher: Tensor) -> None:
    teacher.requires_grad_()
    kind(LEVELS)(student.requires_grad_(), teacher).backward()
    assert teacher.grad is None
    assert student.grad is not None


def test_the_gradient_of_equals_goes_to_the_first(teacher: Tensor) -> None:
    """All logits 0, where a fill of twice the largest logit would be no minus infinity."""
    student = torch.zeros(6, 5, dtype=torch.float64, requires_grad=True)
    divergences = RangePreservingDistillation(LEVELS).per_level(student, teacher)
    (gradient,) = torch.autograd.grad(divergences[:, 0].mean(), student)
    assert gradient[:, [0, 3]].all()
    assert not gradient[:, [1, 2, 4]].any()
    shares = teacher[:, :2].softmax(dim=1)
    assert_close(gradient[:, [0, 3]], (0.5 - shares) / 6, rtol=1e-10, atol=1e-15)


@every_kind
def test_levels_add_up(kind, student: Tensor, teacher: Tensor) -> None:
    alone = kind(LEVELS[-1:]).per_sample(student, teacher[:, 5:])
    assert_close(kind(LEVELS).per_level(student, teacher)[:, -1], alone, rtol=1e-12, atol=1e-15)


@every_kind
def test_a_level_of_one_class_teaches_nothing(kind, student: Tensor) -> None:
    levels = equal_number_split(torch.tensor([0, 0, 9, 0, 0]), 2)
    divergences = kind(levels).per_level(student, torch.randn(6, 6, dtype=torch.float64))
    assert divergences[:, 0].abs().max() < 1e-12
    assert (divergences[:, 1] > 0).all()


@every_kind
def test_very_sure_students_and_teachers_stay_finite(kind) -> None:
    student = torch.tensor([[300.0, 0.0, 0.0, 0.0, -300.0]], requires_grad=True)
    teacher = torch.tensor([[-500.0, 500.0, 0.0, 0.0, 900.0, 0.0, 0.0, 0.0, 0.0, 900.0]])
    loss = kind(LEVELS)(student, teacher)
    loss.backward()
    assert loss.isfinite()
    assert loss > 1000
    assert student.grad is not None
    assert student.grad.isfinite().all()


@every_kind
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_float32(
    kind, dtype: torch.dtype, student: Tensor, teacher: Tensor
) -> None:
    logits, outputs, loss = student.to(dtype), teacher.to(dtype), kind(LEVELS)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        produced = loss(logits, outputs)
    assert_close(produced, loss(logits.float(), outputs.float()))


def test_levels_that_are_none_are_refused() -> None:
    with pytest.raises(InputError, match="last row of levels"):
        RangePreservingDistillation(LEVELS[:2])
