import torch
from torch.testing import assert_close

from counterpoise.losses import SoftmaxKL, SoftmaxMSE
from counterpoise.ramps import Ramped
from counterpoise.steps import Encode, EncodeTogether, TeacherConsistency

from .unlabeled import first_mean, joined, last_weight, normalized_net, running_mean, streams

ONE = Ramped(1.0, 0.0)


def test_the_cost_is_between_the_student_and_its_average() -> None:
    net, seen = normalized_net(), joined(streams())
    step = TeacherConsistency(net, weight=ONE)
    last_weight(net).data.normal_()
    taught = step.teacher.net(seen.streams["unlabeled"].inputs)
    student = net(seen.streams["strong"].inputs)
    term = step(net, seen).terms["mean_teacher"]
    assert_close(term, SoftmaxMSE()(student, taught))
    assert term.item() > 1e-3
    other = TeacherConsistency(net, weight=ONE, cost=SoftmaxKL())
    assert_close(
        other(net, seen).terms["mean_teacher"],
        SoftmaxKL()(student, other.teacher.net(seen.streams["unlabeled"].inputs)),
    )


def test_the_student_learns_and_the_teacher_does_not() -> None:
    net, seen = normalized_net(), joined(streams())
    step = TeacherConsistency(net)
    step(net, seen).terms["mean_teacher"].backward()
    assert all(weight.grad is not None for weight in net.parameters())
    assert not any(weight.requires_grad for weight in step.parameters())


def test_the_teacher_has_batch_norms_of_its_own() -> None:
    net, seen = normalized_net(), joined(streams())
    step, before = TeacherConsistency(net), running_mean(net)
    step(net, seen)
    assert torch.equal(running_mean(net), before), "unlabeled samples pass apart"
    expected = 0.1 * first_mean(net, seen.streams["unlabeled"].inputs)
    assert_close(running_mean(step.teacher.net), expected)


def test_a_frozen_backbone_is_frozen_in_the_teacher() -> None:
    net, seen = normalized_net(), joined(streams())
    step = TeacherConsistency(net).train()
    net.backbone.eval()
    before = running_mean(step.teacher.net)
    step(net, seen)
    assert torch.equal(running_mean(step.teacher.net), before)


def test_the_student_can_come_along_with_the_batch() -> None:
    net, seen = normalized_net(), joined(streams())
    step = TeacherConsistency(net, weight=ONE)
    together = EncodeTogether(Encode(), ["strong"])(net, seen)
    wanted = SoftmaxMSE()(
        net.classifier(together.beside["strong"]), step.teacher(seen.streams["unlabeled"].inputs)
    )
    assert_close(step(net, together).terms["mean_teacher"], wanted)


def test_the_teacher_moves_after_the_optimizer() -> None:
    net, seen = normalized_net(), joined(streams())
    step = TeacherConsistency(net)
    start = last_weight(step.teacher.net).clone()
    last_weight(net).data += 2
    step(net, seen)
    assert torch.equal(last_weight(step.teacher.net), start)
    step.update(net, seen)
    assert_close(last_weight(step.teacher.net), start + 1)
