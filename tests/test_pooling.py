import math

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close
from torch.utils._python_dispatch import TorchDispatchMode

from counterpoise.hierarchy import equal_number_split, level_sizes, stacked
from counterpoise.pooling import max_pooled, sum_pooled

GROUP = torch.tensor([0, 0, 0, 1, 3, 3, 1])
"""Neighbours and others, and group 2 without a class."""


def looped(scores: Tensor, pool) -> Tensor:
    members = [[c for c in range(7) if GROUP[c] == g] for g in range(4)]
    rows = [[pool([row[c] for c in inside]) for inside in members] for row in scores.tolist()]
    return torch.tensor(rows, dtype=torch.float64)


@pytest.fixture
def scores() -> Tensor:
    return 3 * torch.randn(6, 7, dtype=torch.float64)


def test_the_largest_of_a_group_is_that_of_a_loop(scores: Tensor) -> None:
    wanted = looped(scores, lambda inside: max(inside, default=-math.inf))
    assert torch.equal(max_pooled(scores, GROUP, 4), wanted)


def test_the_sum_of_a_group_is_that_of_a_loop(scores: Tensor) -> None:
    logarithms = scores.log_softmax(dim=1)
    wanted = looped(logarithms, lambda inside: sum(map(math.exp, inside)))
    assert_close(sum_pooled(logarithms, GROUP, 4).exp(), wanted, rtol=1e-12, atol=0)
    assert (sum_pooled(logarithms, GROUP, 4)[:, 2] == -math.inf).all()


@pytest.mark.parametrize("pooled", [max_pooled, sum_pooled])
def test_gradients_are_those_of_the_values(pooled, scores: Tensor) -> None:
    there = torch.tensor([0, 1, 3])
    assert torch.autograd.gradcheck(lambda s: pooled(s, GROUP, 4)[:, there], scores.requires_grad_())


def test_the_gradient_of_equals_goes_to_the_first() -> None:
    scores = torch.tensor([[1.0, 2.0, 2.0, 0.0, 0.0, 5.0, 0.0]], requires_grad=True)
    max_pooled(scores, GROUP, 4)[:, [0, 1, 3]].sum().backward()
    assert scores.grad is not None
    assert scores.grad.tolist() == [[0, 1, 0, 1, 0, 1, 0]]


@pytest.mark.parametrize("pooled", [max_pooled, sum_pooled])
def test_an_empty_group_takes_no_probability_and_no_gradient(pooled) -> None:
    scores = torch.zeros(2, 7, dtype=torch.float64, requires_grad=True)
    shares = pooled(scores, GROUP, 4).softmax(dim=1)
    assert shares[:, 2].tolist() == [0, 0]
    shares.square().sum().backward()
    assert scores.grad is not None
    assert scores.grad.isfinite().all()


@pytest.mark.parametrize("pooled", [max_pooled, sum_pooled])
def test_axes_behind_the_classes_are_pooled_on_their_own(pooled) -> None:
    dense = torch.randn(2, 7, 3, 5, dtype=torch.float64).log_softmax(dim=1)
    flat = dense.movedim(1, -1).reshape(-1, 7)
    wanted = pooled(flat, GROUP, 4).view(2, 3, 5, 4).movedim(-1, 1)
    assert torch.equal(pooled(dense, GROUP, 4), wanted)


def test_the_softmax_of_maxima_is_the_normalised_maximum_of_the_softmax(scores: Tensor) -> None:
    best = looped(scores.softmax(dim=1), lambda inside: max(inside, default=0.0))
    wanted = best / best.sum(dim=1, keepdim=True)
    assert_close(max_pooled(scores, GROUP, 4).softmax(dim=1), wanted, rtol=1e-12, atol=0)


def test_what_is_not_a_number_is_not_hidden() -> None:
    scores = torch.zeros(1, 7)
    scores[0, 1] = math.nan
    assert max_pooled(scores, GROUP, 4)[0, [0, 1]].isnan().tolist() == [True, False]


@pytest.mark.parametrize("pooled", [max_pooled, sum_pooled])
def test_a_class_that_is_ruled_out_adds_nothing(pooled) -> None:
    scores = torch.tensor([[-math.inf, 1.0, 0.0, -math.inf, 0.0, 2.0, -math.inf]])
    without = scores.clone().masked_fill(scores.isinf(), -1e4)
    assert_close(pooled(scores, GROUP, 4).softmax(dim=1), pooled(without, GROUP, 4).softmax(dim=1))


@pytest.mark.parametrize("pooled", [max_pooled, sum_pooled])
def test_no_samples_pool_to_none(pooled) -> None:
    assert pooled(torch.empty(0, 7), GROUP, 4).shape == (0, 4)


def test_large_logits_do_not_overflow() -> None:
    logits = torch.tensor([[5e3, 0.0, -5e3, 0.0, 4.9e3, 0.0, 0.0]])
    shares = max_pooled(logits, GROUP, 4).softmax(dim=1)
    assert shares[0, 0] == 1
    assert sum_pooled(logits.log_softmax(dim=1), GROUP, 4)[0, 0] == 0


class Counted(TorchDispatchMode):
    """Counts what torch is asked to do."""

    calls = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.calls += 1
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("pooled", [max_pooled, sum_pooled])
def test_all_classes_of_all_levels_are_pooled_at_once(pooled) -> None:
    """As many operations for the 7 levels of 121 ages as for one pair of classes."""
    levels = equal_number_split(200 * torch.exp(-torch.arange(121) / 20.0), 7)
    ages = torch.randn(4, 121 * 7), stacked(levels), sum(level_sizes(levels))
    calls = []
    for arguments in ((torch.randn(4, 2), torch.tensor([0, 1]), 2), ages):
        with Counted() as counted:
            pooled(*arguments)
        calls.append(counted.calls)
    assert 0 < calls[0] == calls[1]
