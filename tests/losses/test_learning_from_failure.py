import torch
from torch.testing import assert_close

from counterpoise.losses import (
    CrossEntropy,
    failure_weighted_loss,
    failure_weights,
    released_failure_weights,
)

TARGETS = torch.tensor([0, 2, 1])


def test_the_harder_for_the_biased_net_the_more_a_sample_weighs() -> None:
    found = failure_weights(torch.tensor([1.0, 3.0, 0.0]), torch.tensor([1.0, 1.0, 1.0]))
    assert_close(found, torch.tensor([0.5, 0.75, 0.0]))


def test_losses_of_zero_weigh_nothing() -> None:
    assert failure_weights(torch.zeros(2), torch.zeros(2)).tolist() == [0.0, 0.0]


def test_no_gradient_flows_through_the_weights() -> None:
    assert not failure_weights(*torch.rand(2, 3, requires_grad=True)).requires_grad


def test_the_release_weighs_by_the_losses_of_the_batch() -> None:
    biased, debiased = torch.randn(2, 3, 4)
    ce = CrossEntropy()
    losses = [ce.per_sample(logits, TARGETS) for logits in (biased, debiased)]
    assert_close(released_failure_weights(biased, debiased, TARGETS), losses[0] / (losses[0] + losses[1]))


def test_the_weighted_loss_is_not_divided_by_the_weights() -> None:
    logits, weights = torch.randn(3, 4), torch.tensor([0.0, 0.5, 1.0])
    losses = CrossEntropy().per_sample(logits, TARGETS)
    assert_close(failure_weighted_loss(logits, TARGETS, weights), (losses[1] / 2 + losses[2]) / 3)
