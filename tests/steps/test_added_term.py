import torch
from torch import Tensor

from counterpoise.net import Net
from counterpoise.ramps import Ramped, linear_rampup
from counterpoise.steps import AddedTerm, Seen

from .unlabeled import plain_net


class Two(AddedTerm):
    """The term 2."""

    name = "two"

    def term(self, net: Net, seen: Seen) -> Tensor:
        """Two, ()."""
        return torch.tensor(2.0)


def test_it_adds_a_term_whose_weight_follows_the_epoch() -> None:
    step, other = Two(Ramped(10.0, 0.5, linear_rampup)), torch.ones(())
    before = Seen({}, terms={"loss": other})
    found = []
    for epoch in range(4):
        step.set_epoch(epoch, 4)
        terms = step(plain_net(), before).terms
        assert terms["loss"] is other
        found.append(terms["two"].item())
    assert found == [0, 10, 20, 20]
    assert before.terms.keys() == {"loss"}


def test_the_clock_is_not_stored() -> None:
    step = Two(Ramped(10.0, 0.5))
    step.set_epoch(3, 4)
    assert not step.state_dict()
