"""A student learns from the outputs of its teacher, and from nothing else."""

import torch
from torch import nn

from counterpoise.classifiers import HierarchicalClassifier, SoftplusClassifier, Taught
from counterpoise.losses import RangePreservingDistillation
from counterpoise.net import Net
from counterpoise.steps import Distill, Seen

LEVELS = torch.tensor([[0, 0, 1, 1], [0, 1, 2, 3]])


def test_the_term_is_the_loss_of_student_and_teacher() -> None:
    teacher = HierarchicalClassifier(6, LEVELS, representatives=torch.arange(4.0))
    net = Net(nn.Identity(), Taught(SoftplusClassifier(6, 4), teacher))
    features, loss = torch.randn(5, 6), RangePreservingDistillation(LEVELS)
    seen = Distill(loss)(net, Seen({}, features=features))
    expected = loss(net.classifier.student(features), teacher.outputs(features))  # pyright: ignore
    assert torch.equal(seen.terms["loss"], expected)
    seen.terms["loss"].backward()
    assert all(
        (p.grad is not None) == name.startswith("classifier.student.") for name, p in net.named_parameters()
    )
