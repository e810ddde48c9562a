import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.losses import (
    ClassWeighted,
    Collaborative,
    CrossEntropy,
    Deferred,
    EachExpert,
    FocalLoss,
    KnowledgeDistillation,
)

TARGETS = torch.tensor([0, 3, 1, 1, 2, 0])


def test_it_is_the_loss_of_the_mean_once_for_each_expert(counts: Tensor) -> None:
    experts = torch.randn(3, 6, 4, dtype=torch.float64)
    outputs, together = torch.cat(list(experts), dim=1), experts.mean(dim=0)
    weighted = ClassWeighted(CrossEntropy(), 1 / counts)
    for loss in (CrossEntropy(), weighted):
        wanted = 3 * loss(together, TARGETS)
        assert_close(Collaborative(loss, 3)(outputs, TARGETS), wanted)
    assert_close(
        Collaborative(weighted, 3).per_sample(outputs, TARGETS), 3 * weighted.per_sample(together, TARGETS)
    )


def test_equal_experts_get_the_gradient_of_losses_of_their_own() -> None:
    outputs = torch.randn(6, 4, dtype=torch.float64).repeat(1, 3).requires_grad_()
    losses = (Collaborative(CrossEntropy(), 3), EachExpert([CrossEntropy()] * 3))
    some, other = (torch.autograd.grad(loss(outputs, TARGETS), outputs)[0] for loss in losses)
    assert_close(some, other)


def test_the_mean_learns_from_a_teacher() -> None:
    outputs, teacher = torch.randn(6, 12), torch.randn(6, 4)
    distillation = KnowledgeDistillation()
    wanted = 3 * distillation(outputs.unflatten(1, (3, 4)).mean(dim=1), teacher)
    assert_close(Collaborative(distillation, 3)(outputs, teacher), wanted)


def test_the_loss_hears_the_time() -> None:
    loss = Deferred(CrossEntropy(), FocalLoss(), start=2)
    Collaborative(loss, 3).set_epoch(2)
    assert loss.epoch == 2
