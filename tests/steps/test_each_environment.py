import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from counterpoise.classifiers import LinearClassifier
from counterpoise.data.streams import Batch
from counterpoise.errors import InputError
from counterpoise.losses import ClassWeighted, CrossEntropy, Deferred, FocalLoss, irm_v1_penalty
from counterpoise.net import Net
from counterpoise.steps import PenalizeEnvironments, Seen, SuperviseEnvironments, environment_mean

SIZES, CLASSES = (6, 3, 4), 3
NET = Net(nn.Identity(), LinearClassifier(1, 1))


def seen() -> Seen:
    outputs = torch.randn(sum(SIZES), CLASSES, dtype=torch.float64)
    targets = torch.randint(CLASSES, (sum(SIZES),))
    ends = torch.tensor(SIZES).cumsum(0).tolist()
    streams = {
        f"environment{number}": Batch(
            outputs[end - size : end], targets[end - size : end], torch.arange(size)
        )
        for number, (size, end) in enumerate(zip(SIZES, ends, strict=True))
    }
    return Seen(streams, outputs=outputs, mixture=((1.0, targets),))


def each(found: Seen, term: nn.Module) -> list[Tensor]:
    return [term(batch.inputs, batch.targets) for batch in found.streams.values()]


def test_the_loss_is_the_mean_over_the_environments() -> None:
    found, loss = seen(), ClassWeighted(CrossEntropy(), torch.tensor([1.0, 2.0, 9.0]).double())
    term = SuperviseEnvironments(loss)(NET, found).terms["loss"]
    assert_close(term, torch.stack(each(found, loss)).mean())
    assert abs(term - loss(found.outputs, found.mixture[0][1])) > 1e-3, "the mean over all rows is another"


def test_mixed_targets_give_a_mixture() -> None:
    found, loss = seen(), CrossEntropy()
    ((_, targets),) = found.mixture
    mixed = Seen(found.streams, outputs=found.outputs, mixture=((0.25, targets), (0.75, targets.flip(0))))
    parts = []
    for labels in (targets, targets.flip(0)):
        parts.append(
            environment_mean(Seen(found.streams, outputs=found.outputs, mixture=((1.0, labels),)), loss)
        )
    assert_close(environment_mean(mixed, loss), 0.25 * parts[0] + 0.75 * parts[1])


def test_unlabelled_streams_are_no_environments() -> None:
    found = seen()
    with_unlabelled = {**found.streams, "unlabeled": Batch(torch.rand(5, 3), None, torch.arange(5))}
    other = Seen(with_unlabelled, outputs=found.outputs, mixture=found.mixture)
    assert environment_mean(other, CrossEntropy()) == environment_mean(found, CrossEntropy())


def test_a_penalty_is_weighed_by_the_epoch() -> None:
    found = seen()
    step = PenalizeEnvironments("irm", irm_v1_penalty, weight=lambda epoch, epochs: 100.0 * epoch)
    step.set_epoch(3, 10)
    term = step(NET, found).terms["irm"]
    wanted = [irm_v1_penalty(batch.inputs, batch.targets) for batch in found.streams.values()]  # pyright: ignore
    assert_close(term, 300 * torch.stack(wanted).mean())


def test_the_loss_hears_the_time() -> None:
    loss = Deferred(CrossEntropy(), FocalLoss(), start=3)
    SuperviseEnvironments(loss).set_epoch(4, 10)
    assert loss.epoch == 4


def test_rows_that_are_not_of_the_streams_are_refused() -> None:
    found = seen()
    longer = Seen(found.streams, outputs=found.outputs, mixture=((1.0, torch.zeros(20)),))
    with pytest.raises(InputError, match="environments need the rows of all labelled streams"):
        environment_mean(longer, CrossEntropy())
