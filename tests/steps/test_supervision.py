from collections.abc import Callable

import pytest
import torch
from torch import nn

from counterpoise.classifiers import LinearClassifier
from counterpoise.data.streams import Batch
from counterpoise.losses import CrossEntropy, Deferred, FocalLoss, Loss
from counterpoise.net import Net
from counterpoise.steps import Seen, Supervise, SuperviseEnvironments, SuperviseStreams, Supervision

NET = Net(nn.Identity(), LinearClassifier(1, 1))
KINDS = (Supervise, SuperviseEnvironments, lambda loss: SuperviseStreams(loss, {"train": 1.0, "pseudo": 0.5}))
every_kind = pytest.mark.parametrize("kind", KINDS)
Kind = Callable[[Loss], Supervision]


def seen() -> Seen:
    outputs, targets = torch.randn(7, 3), torch.tensor([0, 1, 2, 0, 1, 2, 0])
    parts = {"train": slice(0, 5), "pseudo": slice(5, 7)}
    streams = {name: Batch(outputs[at], targets[at], torch.arange(7)[at]) for name, at in parts.items()}
    return Seen(streams, outputs=outputs, mixture=((1.0, targets),), terms={"other": torch.ones(())})


@every_kind
def test_another_loss_keeps_the_kind(kind: Kind) -> None:
    found, focal = seen(), FocalLoss(gamma=2.0)
    exchanged = kind(CrossEntropy()).with_loss(focal)
    assert type(exchanged) is type(kind(CrossEntropy()))
    assert exchanged.loss is focal
    assert torch.equal(exchanged.term(found), kind(focal).term(found))


@every_kind
def test_the_term_stands_beside_the_others(kind: Kind) -> None:
    step, found = kind(CrossEntropy()), seen()
    terms = step(NET, found).terms
    assert terms.keys() == {"other", "loss"}
    assert terms["loss"] == step.term(found)


@every_kind
def test_the_loss_hears_the_time(kind: Kind) -> None:
    loss = Deferred(CrossEntropy(), FocalLoss(), start=3)
    kind(loss).set_epoch(4, 10)
    assert loss.epoch == 4
