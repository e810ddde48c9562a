import pytest
import torch
from torch.testing import assert_close

from counterpoise.data.streams import Batch
from counterpoise.errors import InputError
from counterpoise.losses import ClassWeighted, CrossEntropy
from counterpoise.steps import Seen, SuperviseStreams

SIZES, CLASSES = {"train": 6, "pseudo": 3}, 3
LOSS = ClassWeighted(CrossEntropy(), torch.tensor([1.0, 2.0, 9.0]).double())


def seen() -> Seen:
    outputs = torch.randn(sum(SIZES.values()), CLASSES, dtype=torch.float64)
    targets = torch.randint(CLASSES, (len(outputs),))
    parts = zip(SIZES, outputs.split(list(SIZES.values())), targets.split(list(SIZES.values())), strict=True)
    streams = {name: Batch(rows, labels, torch.arange(len(rows))) for name, rows, labels in parts}
    return Seen(streams, outputs=outputs, mixture=((1.0, targets),))


def test_each_stream_has_a_mean_and_a_weight_of_its_own() -> None:
    found = seen()
    labeled, pseudo = (LOSS(batch.inputs, batch.targets) for batch in found.streams.values())
    term = SuperviseStreams(LOSS, {"pseudo": 0.25, "train": 1.5}).term(found)
    assert_close(term, 1.5 * labeled + 0.25 * pseudo)


def test_weights_by_size_are_the_mean_of_the_union() -> None:
    found = seen()
    term = SuperviseStreams(CrossEntropy(), {"train": 6 / 9, "pseudo": 3 / 9}).term(found)
    assert_close(term, CrossEntropy()(found.outputs, found.mixture[0][1]))


def test_mixed_targets_give_a_mixture() -> None:
    found, step = seen(), SuperviseStreams(LOSS, {"train": 1.0, "pseudo": 0.5})
    ((_, targets),) = found.mixture
    alone = [
        step.term(Seen(found.streams, outputs=found.outputs, mixture=((1.0, labels),)))
        for labels in (targets, targets.flip(0))
    ]
    mixed = Seen(found.streams, outputs=found.outputs, mixture=((0.25, targets), (0.75, targets.flip(0))))
    assert_close(step.term(mixed), 0.25 * alone[0] + 0.75 * alone[1])


def test_streams_without_labels_need_no_weight() -> None:
    found, step = seen(), SuperviseStreams(LOSS, {"train": 1.0, "pseudo": 0.5})
    streams = {"unlabeled": Batch(torch.rand(5, 3), None, torch.arange(5)), **found.streams}
    other = Seen(streams, outputs=found.outputs, mixture=found.mixture)
    assert step.term(other) == step.term(found)


def test_a_labeled_stream_without_a_weight_is_refused() -> None:
    with pytest.raises(InputError, match="the stream 'pseudo' has no weight, only train; give it one"):
        SuperviseStreams(LOSS, {"train": 1.0}).term(seen())


def test_rows_that_are_not_of_the_streams_are_refused() -> None:
    found = seen()
    longer = Seen(found.streams, outputs=found.outputs, mixture=((1.0, torch.zeros(20)),))
    with pytest.raises(InputError, match="need the rows of all labelled streams"):
        SuperviseStreams(LOSS, {"train": 1.0, "pseudo": 0.5}).term(longer)
