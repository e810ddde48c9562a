"""A frozen net teaches: its logits stand in place of labels, and nothing of it is kept or moved."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from counterpoise.classifiers import LinearClassifier
from counterpoise.losses import KnowledgeDistillation
from counterpoise.net import Net
from counterpoise.steps import FrozenTeacher, Seen

INPUTS = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def teacher() -> Net:
    return Net(nn.Sequential(nn.Dropout(0.9)), LinearClassifier(3, 4))


def seen() -> Seen:
    return Seen({}, inputs=INPUTS, outputs=torch.randn(5, 4, requires_grad=True))


def test_the_term_is_the_loss_against_the_teachers_logits(teacher: Net) -> None:
    """In evaluation mode: the dropout is not felt."""
    given, loss = seen(), KnowledgeDistillation()
    found = FrozenTeacher(lambda: teacher, loss, factor=0.5)(teacher, given)
    logits = teacher.classifier(INPUTS).detach()
    assert_close(found.terms["distillation"], 0.5 * loss(given.outputs, logits))


def test_the_student_alone_gets_a_gradient(teacher: Net) -> None:
    given = seen()
    FrozenTeacher(lambda: teacher, KnowledgeDistillation())(teacher, given).terms["distillation"].backward()
    assert given.outputs.grad.abs().sum() > 0
    assert all(weight.grad is None for weight in teacher.parameters())


def test_the_teacher_is_read_late_and_is_no_state_of_the_step() -> None:
    def missing() -> Net:
        raise KeyError("read")

    step = FrozenTeacher(missing, KnowledgeDistillation())
    assert not step.state_dict()
    assert not list(step.parameters())
    with pytest.raises(KeyError, match="read"):
        step(Net(nn.Identity(), LinearClassifier(3, 4)), seen())
