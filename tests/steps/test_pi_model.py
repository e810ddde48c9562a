import torch
from torch.testing import assert_close

from counterpoise.losses import SoftmaxMSE
from counterpoise.ramps import Ramped
from counterpoise.steps import SelfConsistency

from .unlabeled import joined, last_weight, normalized_net, running_mean, streams


def test_two_passes_shall_agree_and_one_of_them_learns() -> None:
    net, seen = normalized_net(), joined(streams())
    before = running_mean(net)
    term = SelfConsistency(weight=Ramped(2.0, 0.0))(net, seen).terms["pi_model"]
    assert torch.equal(running_mean(net), before)
    found = torch.autograd.grad(term, list(net.parameters()))
    student = net(seen.streams["strong"].inputs)
    wanted = 2 * SoftmaxMSE()(student, net(seen.streams["unlabeled"].inputs))
    assert_close(term, wanted)
    for slope, right in zip(found, torch.autograd.grad(wanted, list(net.parameters())), strict=True):
        assert_close(slope, right)


def test_the_views_can_change_sides() -> None:
    net, seen = normalized_net(), joined(streams())
    some = SelfConsistency(student="unlabeled", teacher="strong")(net, seen).terms["pi_model"]
    slope = torch.autograd.grad(some, last_weight(net))[0]
    other = SelfConsistency()(net, seen).terms["pi_model"]
    assert_close(some, other)
    assert not torch.allclose(slope, torch.autograd.grad(other, last_weight(net))[0])
