"""The rules of ImageNet-GLT."""

import pytest
import torch
from torch import Tensor

from counterpoise.data.protocols import labels_by_size
from counterpoise.data.protocols.imagenet_glt import KNOWN_SIZES, imagenet_glt_sizes, imagenet_glt_splits
from counterpoise.data.protocols.plan import Planned
from counterpoise.errors import InputError

NAMES = ("ant", "bee", "cat", "dog")
PER_CLUSTER = torch.tensor([[90, 80, 70, 60, 50, 40], [300] * 6, [200] * 6, [120, 110, 100, 90, 80, 60]])


def pool() -> tuple[Tensor, Tensor]:
    """Images of 4 classes with 6 clusters each, in any order; bee is the largest class, ant the smallest."""
    cells = torch.arange(24).repeat_interleave(PER_CLUSTER.flatten())
    cells = cells[torch.randperm(len(cells))]
    return cells // 6, cells % 6


def planned(test_size: int = 8, **options) -> tuple[Planned, Tensor]:
    """The splits, and tables of their images by class and attribute."""
    targets, clusters = pool()
    return imagenet_glt_splits(targets, clusters, NAMES, test_size=test_size, **options), targets


def table(part: Tensor, targets: Tensor) -> list[int]:
    return torch.bincount(targets[part], minlength=4).tolist()


def test_known_sizes_are_kept_and_all_others_lie_between() -> None:
    sizes = imagenet_glt_sizes()
    assert {rank: int(sizes[rank]) for rank in KNOWN_SIZES} == KNOWN_SIZES
    assert (sizes.diff() <= 0).all()
    assert sizes[300] == int((313 * 181) ** 0.5), "in the middle of two ranks the geometric mean"
    assert int(sizes.sum()) == 219_399


def test_other_numbers_of_classes_are_spread_over_the_ranks() -> None:
    assert imagenet_glt_sizes(2).tolist() == [1500, 18]
    assert imagenet_glt_sizes(10)[[0, 1, 9]].tolist() == [1500, int(imagenet_glt_sizes()[111]), 18]
    with pytest.raises(InputError, match="at least 2 classes"):
        imagenet_glt_sizes(1)


def test_counts_are_those_of_the_release() -> None:
    targets = torch.zeros(1300, dtype=torch.int64).repeat(2)
    clusters = torch.arange(6).repeat_interleave(torch.tensor([500, 300, 180, 140, 100, 80])).repeat(2)
    targets[1300:] = 1
    found = imagenet_glt_splits(targets, clusters, ("a", "b")).balanced
    sizes = [len(part) // 2 for part in (found.test_gbl, found.test_cbl, found.val, found.train)]
    assert sizes == [60, 60, 30, 114]


def test_test_lt_and_validation_have_so_many_for_each_class_there_is() -> None:
    long_tailed = planned()[0].long_tailed
    assert len(long_tailed.test_lt) == 4 * 24
    assert len(long_tailed.val) == 4 * 12


def test_the_class_with_the_most_images_has_the_longest_list() -> None:
    found, targets = planned()
    tailed = found.long_tailed
    kept = table(torch.cat([tailed.train, tailed.val, tailed.test_lt]), targets)
    ranks = labels_by_size(torch.bincount(targets))
    sizes = imagenet_glt_sizes(4)
    assert sizes.tolist() == [1500, 217, 87, 18]
    assert ranks.tolist() == [3, 0, 1, 2]
    assert [kept[0], kept[2], kept[3]] == [12 + 3 + 1, 151 + 43 + 21, 60 + 17 + 8]
    assert kept[1] == (600 - 8 - 14) + 300 + 150, (
        "the most frequent attribute has less than 70 % of 1500 to give"
    )


def test_splits_are_disjoint_and_tests_are_shared() -> None:
    found, _ = planned()
    for splits in found[:2]:
        parts = (splits.train, splits.val, splits.test_cbl, splits.test_gbl, splits.test_lt)
        together = torch.cat(parts)
        assert len(together.unique()) == len(together)
    assert torch.equal(found.balanced.test_gbl, found.long_tailed.test_gbl)
    assert torch.equal(found.balanced.test_cbl, found.long_tailed.test_cbl)


def test_small_choices_are_from_the_larger_cluster_as_released() -> None:
    targets, clusters = pool()
    found = imagenet_glt_splits(targets, clusters, NAMES, test_size=8)
    chosen = found.long_tailed.test_gbl
    assert set(clusters[chosen[targets[chosen] == 0]].tolist()) == {0, 2, 4}


def test_the_seed_decides_over_the_draws() -> None:
    targets, clusters = pool()
    first, same, other = (
        imagenet_glt_splits(targets, clusters, NAMES, test_size=8, seed=seed).long_tailed.val
        for seed in (1, 1, 2)
    )
    assert torch.equal(first, same) and not torch.equal(first, other)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match="a test size below 8 leaves no validation"):
        planned(test_size=7)
    with pytest.raises(InputError, match="Test-LT and validation want"):
        planned(test_size=200)
