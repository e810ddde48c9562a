import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import KnowledgeDistillation


def test_it_is_the_divergence_of_softened_answers() -> None:
    student, teacher = torch.randn(2, 6, 4, dtype=torch.float64)
    taught, said = (teacher / 2).softmax(dim=1), (student / 2).softmax(dim=1)
    wanted = 4 * (taught * (taught / said).log()).sum(dim=1)
    loss = KnowledgeDistillation(temperature=2.0)
    assert_close(loss.per_sample(student, teacher), wanted)
    assert_close(loss(student, teacher), wanted.mean())


def test_a_student_that_says_the_same_has_learned() -> None:
    teacher = torch.randn(6, 4, dtype=torch.float64)
    assert_close(KnowledgeDistillation()(teacher + 7, teacher), torch.zeros((), dtype=torch.float64))


def test_at_1_its_gradient_is_that_of_soft_labels_and_the_teacher_has_none() -> None:
    student, teacher = (torch.randn(6, 4, requires_grad=True) for _ in range(2))
    KnowledgeDistillation(temperature=1.0)(student, teacher).backward()
    (wanted,) = torch.autograd.grad(F.cross_entropy(student, teacher.detach().softmax(dim=1)), student)
    assert student.grad is not None
    assert_close(student.grad, wanted)
    assert teacher.grad is None


def test_a_temperature_is_above_0() -> None:
    with pytest.raises(InputError, match="temperature must be above 0, but 0 came"):
        KnowledgeDistillation(temperature=0)
