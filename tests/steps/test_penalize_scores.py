import torch
from torch import nn
from torch.testing import assert_close

from counterpoise.classifiers import LinearClassifier
from counterpoise.losses import irm_l1_penalty
from counterpoise.net import Net
from counterpoise.steps import PenalizeScores, Seen

NET = Net(nn.Identity(), LinearClassifier(1, 1))
SCORES, TARGETS = torch.tensor([[1.0, 2.0, -1.0], [0.0, 0.5, 3.0]]), torch.tensor([0, 2])


def test_it_adds_a_term_of_its_own_name_weighed_by_the_epoch() -> None:
    step = PenalizeScores("irm", irm_l1_penalty, weight=lambda epoch, epochs: 0.001 * 10**epoch)
    step.set_epoch(2, 4)
    other = torch.ones(())
    seen = step(NET, Seen({}, outputs=SCORES, mixture=((1.0, TARGETS),), terms={"loss": other}))
    assert seen.terms["loss"] is other
    assert_close(seen.terms["irm"], 0.1 * irm_l1_penalty(SCORES, TARGETS))


def test_mixed_targets_give_a_mixture() -> None:
    step = PenalizeScores("irm", irm_l1_penalty, weight=lambda epoch, epochs: 2.0)
    mixture = ((0.25, TARGETS), (0.75, TARGETS.flip(0)))
    parts = [2 * share * irm_l1_penalty(SCORES, targets) for share, targets in mixture]
    assert_close(step(NET, Seen({}, outputs=SCORES, mixture=mixture)).terms["irm"], parts[0] + parts[1])
