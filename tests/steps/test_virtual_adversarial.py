import torch
from torch.testing import assert_close

from counterpoise.batch_norms import untracked
from counterpoise.losses import VirtualAdversarialLoss, entropy
from counterpoise.steps import VirtualAdversarial

from .unlabeled import joined, normalized_net, plain_net, running_mean, streams


def term(step: VirtualAdversarial, net, seen) -> torch.Tensor:
    torch.manual_seed(0)
    return step(net, seen).terms["vat"]


def test_it_compares_the_stream_with_its_worst_neighbours() -> None:
    net, seen = normalized_net(), joined(streams())
    loss, inputs = VirtualAdversarialLoss(eps=1.0), seen.streams["unlabeled"].inputs
    found = term(VirtualAdversarial(loss), net, seen)
    torch.manual_seed(0)
    with untracked(net):
        wanted = loss(net, inputs, net(inputs))
    assert_close(found, wanted)
    assert found.item() > 1e-4


def test_no_pass_moves_running_statistics() -> None:
    net, seen = normalized_net(), joined(streams())
    before = running_mean(net)
    term(VirtualAdversarial(VirtualAdversarialLoss()), net, seen).backward()
    assert torch.equal(running_mean(net), before)
    assert all(weight.grad is not None for weight in net.parameters())


def test_entropy_can_be_added() -> None:
    net, seen = plain_net(), joined(streams())
    loss = VirtualAdversarialLoss()
    bare = term(VirtualAdversarial(loss), net, seen)
    found = term(VirtualAdversarial(loss, entropy_weight=0.5), net, seen)
    assert_close(found - bare, 0.5 * entropy(net(seen.streams["unlabeled"].inputs)).mean())


def test_it_computes_in_single_precision_where_others_do_not() -> None:
    net, seen = plain_net(), joined(streams())
    whole = term(VirtualAdversarial(VirtualAdversarialLoss()), net, seen)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(term(VirtualAdversarial(VirtualAdversarialLoss()), net, seen), whole)
