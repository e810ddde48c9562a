"""A biased net beside another, and the weights that it gives."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import AmplifiedCrossEntropy
from counterpoise.net import Net
from counterpoise.steps import LearnFromFailure, RunningLosses, Score, Seen, by_losses_of_now
from counterpoise.steps.ordinary import Encode

from .unlabeled import joined, plain_net, streams


def scored(net: Net) -> Seen:
    return Score()(net, Encode()(net, joined(streams())))


def test_hard_samples_of_the_biased_net_weigh_more() -> None:
    net, biased = plain_net(), plain_net()
    seen = scored(net)
    ((_, targets),) = seen.mixture
    found = LearnFromFailure(biased, AmplifiedCrossEntropy(q=0.5), by_losses_of_now)(net, seen).terms
    logits = biased(seen.inputs)
    b, d = (F.cross_entropy(one, targets, reduction="none") for one in (logits, seen.outputs))
    assert_close(found["loss"], (b / (b + d + 1e-8) * d).mean())
    probability = logits.softmax(1).gather(1, targets[:, None]).squeeze(1)
    assert_close(found["biased"], (0.5 * probability**0.5 * b).mean())


def test_neither_net_learns_from_the_other() -> None:
    net, biased = plain_net(), plain_net()
    step = LearnFromFailure(biased, AmplifiedCrossEntropy(), by_losses_of_now)
    terms = step(net, scored(net)).terms
    mine = torch.autograd.grad(terms["loss"], [*biased.parameters()], allow_unused=True, retain_graph=True)
    its = torch.autograd.grad(terms["biased"], [*net.parameters()], allow_unused=True)
    assert all(gradient is None for gradient in (*mine, *its))


def test_running_losses_are_over_the_largest_of_the_class() -> None:
    weigh = RunningLosses(torch.tensor([0, 0, 1]), 2, decay=0.5)
    weigh(torch.arange(3), torch.tensor([1.0, 4.0, 2.0]), torch.tensor([2.0, 2.0, 2.0]))
    found = weigh(torch.tensor([0]), torch.tensor([3.0]), torch.tensor([0.0]))
    assert_close(found, torch.tensor([(2 / 4) / (2 / 4 + 1 / 2 + 1e-8)]))


def test_a_mixed_batch_is_refused() -> None:
    net = plain_net()
    seen = scored(net)
    ((_, targets),) = seen.mixture
    mixed = replace(seen, mixture=((0.5, targets), (0.5, targets.flip(0))))
    with pytest.raises(InputError, match="leave mixup and cutmix out"):
        LearnFromFailure(plain_net(), AmplifiedCrossEntropy(), by_losses_of_now)(net, mixed)
