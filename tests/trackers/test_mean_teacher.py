import pytest
import torch
from torch import nn
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.trackers import MeanTeacher, teacher_decay


def test_early_steps_are_a_plain_mean() -> None:
    student = nn.Linear(2, 1, bias=False).double()
    weights = [student.weight.detach().clone()]
    teacher = MeanTeacher(student)
    for _ in range(5):
        student.weight.data.normal_()
        weights.append(student.weight.detach().clone())
        teacher.update(student)
        assert_close(next(teacher.net.parameters()), torch.stack(weights).mean(0), check_dtype=True)


def test_later_steps_forget() -> None:
    assert [teacher_decay(step, 0.9) for step in (1, 2, 9, 10, 5000)] == [0.5, 1 - 1 / 3, 0.9, 0.9, 0.9]


def test_it_answers_without_gradient() -> None:
    student = nn.Linear(2, 3)
    answer = MeanTeacher(student)(torch.randn(4, 2, requires_grad=True))
    assert answer.shape == (4, 3)
    assert not answer.requires_grad


def test_it_goes_on_from_its_state() -> None:
    student = nn.Linear(2, 3)
    teacher, resumed = MeanTeacher(student), MeanTeacher(nn.Linear(2, 3))
    for _ in range(3):
        teacher.update(nn.Linear(2, 3))
    resumed.load_state_dict(teacher.state_dict())
    for each in (teacher, resumed):
        each.update(student)
    assert all(map(torch.equal, teacher.state_dict().values(), resumed.state_dict().values()))
    assert resumed.steps == 4


@pytest.mark.parametrize("decay", [-0.1, 1.1, float("nan")])
def test_a_decay_is_a_share(decay: float) -> None:
    with pytest.raises(InputError, match=r"decay must lie in 0 \.\. 1"):
        MeanTeacher(nn.Linear(1, 1), decay=decay)
