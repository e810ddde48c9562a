import pytest
import torch

from counterpoise.data.protocols import class_groups, labels_by_size
from counterpoise.errors import InputError


def test_the_largest_class_becomes_the_first_and_equal_ones_keep_their_order() -> None:
    assert labels_by_size(torch.tensor([5, 9, 5, 7])).tolist() == [2, 0, 3, 1]


def test_renumbered_counts_fall() -> None:
    counts = torch.randint(100, (50,))
    renumbered = torch.empty_like(counts).scatter(0, labels_by_size(counts), counts)
    assert (renumbered.diff() <= 0).all()


def test_groups_of_imagenet_glt() -> None:
    groups = class_groups(torch.arange(1000, 0, -1))
    assert torch.bincount(groups).tolist() == [400, 450, 150]
    assert groups.tolist() == sorted(groups.tolist())


def test_groups_follow_the_sizes() -> None:
    assert class_groups(torch.tensor([1, 9, 5]), cuts=(1 / 3, 2 / 3)).tolist() == [2, 0, 1]


@pytest.mark.parametrize("cuts", [(0.5, 0.4), (-0.1, 0.5), (0.5, 1.1)])
def test_cuts_that_cannot_be_are_refused(cuts: tuple[float, float]) -> None:
    with pytest.raises(InputError, match="cuts must rise"):
        class_groups(torch.tensor([1, 2]), cuts=cuts)
