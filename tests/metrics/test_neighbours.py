"""Neighbours in feature space, and the leakage of the tail."""

import pytest
import torch

from counterpoise.errors import InputError
from counterpoise.metrics import Leakage, leakage, shot_groups
from counterpoise.metrics.neighbours import CHUNK, nearest_neighbours

GROUPS = shot_groups(torch.tensor([200, 50, 5]), convention="strict")
TRAIN = torch.tensor([[0.0, 0.0], [10.0, 0.0], [20.0, 0.0]])
CLASSES = torch.tensor([0, 1, 2])


def test_neighbours_are_the_same_in_chunks() -> None:
    features, others = torch.randn(CHUNK + 3, 4), torch.randn(9, 4)
    distances = (features[:, None] - others).square().sum(dim=2)
    assert torch.equal(nearest_neighbours(features, others), distances.argmin(dim=1))
    assert nearest_neighbours(features[:0], others).shape == (0,)


def test_only_few_shot_test_samples_count() -> None:
    features = torch.tensor([[1.0, 0.0], [2.0, 1.0], [11.0, 0.0], [19.0, 0.0], [0.0, 0.0], [0.0, 1.0]])
    targets = torch.tensor([2, 2, 2, 2, 1, 0])
    assert leakage(features, targets, TRAIN, CLASSES, GROUPS) == Leakage(head=0.5, own=0.25, samples=4)


def test_medium_shot_neighbours_are_no_leak() -> None:
    found = leakage(TRAIN[1:2], torch.tensor([2]), TRAIN, CLASSES, GROUPS)
    assert found == Leakage(head=0.0, own=0.0, samples=1)


def test_without_few_shot_samples_there_is_no_number() -> None:
    assert leakage(TRAIN[:2], CLASSES[:2], TRAIN, CLASSES, GROUPS) is None


@pytest.mark.parametrize("train", [torch.zeros(0, 2), torch.zeros(3, 5)])
def test_features_that_cannot_be_compared_are_refused(train: torch.Tensor) -> None:
    with pytest.raises(InputError, match="of one size"):
        leakage(TRAIN, CLASSES, train, CLASSES[: len(train)], GROUPS)
