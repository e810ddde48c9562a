"""The rules of MSCOCO-GLT."""

import pytest
import torch
from torch import Tensor

from counterpoise.data.protocols import attribute_balanced_selection
from counterpoise.data.protocols.mscoco_glt import attribute_thirds, mscoco_glt_splits
from counterpoise.data.protocols.plan import Planned
from counterpoise.errors import InputError

NAMES = ("person", "bear", "cat")
SIZES = (900, 60, 300)


def pool() -> tuple[Tensor, Tensor]:
    """Samples of 3 classes in any order with 8 attributes, of which one is frequent; a few have none."""
    targets = torch.repeat_interleave(torch.arange(3), torch.tensor(SIZES))[torch.randperm(sum(SIZES))]
    return targets, torch.rand(len(targets), 8) < torch.tensor([0.9, 0.3, 0.2, 0.2, 0.1, 0.1, 0.1, 0.1])


def planned(**options) -> tuple[Planned, Tensor, Tensor]:
    targets, marks = pool()
    return mscoco_glt_splits(targets, marks, NAMES, **{"test_size": 12, **options}), targets, marks


def table(part: Tensor, targets: Tensor) -> list[int]:
    return torch.bincount(targets[part], minlength=3).tolist()


def test_sizes_are_those_of_the_rules() -> None:
    found, targets, _ = planned()
    tailed, balanced = found.long_tailed, found.balanced
    assert table(tailed.test_gbl, targets) == table(tailed.test_cbl, targets) == [12] * 3
    assert (len(tailed.test_lt), len(tailed.val)) == (36, 18)
    pooled = torch.cat([tailed.train, tailed.val, tailed.test_lt])
    most = 900 - 24
    assert table(pooled, targets) == [most, most // 200, int(most / 200**0.5)]
    assert table(balanced.test_gbl, targets) == table(balanced.test_cbl, targets) == [6] * 3
    assert table(balanced.val, targets) == [3] * 3
    assert table(balanced.train, targets) == [60 - 12 - 3] * 3
    assert len(balanced.test_lt) == 0


def test_a_class_gives_no_more_than_it_has() -> None:
    targets = torch.repeat_interleave(torch.arange(4), torch.tensor([2000, 60, 60, 60]))
    marks = torch.ones(len(targets), 2, dtype=torch.bool)
    tailed = mscoco_glt_splits(targets, marks, "abcd", test_size=4).long_tailed
    kept = torch.bincount(targets[torch.cat([tailed.train, tailed.val, tailed.test_lt])])
    assert int(1992 * 200 ** (-2 / 3)) > 52
    assert kept.tolist() == [1992, 52, 52, 1992 // 200]


def test_test_gbl_is_the_greedy_choice_of_each_class() -> None:
    found, targets, marks = planned()
    for label in range(3):
        members = (targets == label).nonzero().flatten()
        for splits, size in ((found.long_tailed, 12), (found.balanced, 6)):
            wanted = members[attribute_balanced_selection(marks[members], size)]
            chosen = splits.test_gbl[targets[splits.test_gbl] == label]
            assert chosen.tolist() == sorted(wanted.tolist())


def test_test_gbl_is_flatter_than_test_cbl() -> None:
    found, _, marks = planned()
    histograms = [
        marks[part].sum(dim=0).double() for part in (found.long_tailed.test_gbl, found.long_tailed.test_cbl)
    ]
    flat, natural = ((found / found.sum()).std() for found in histograms)
    assert flat < 0.7 * natural


def test_splits_are_disjoint() -> None:
    for splits in planned()[0][:2]:
        parts = (splits.train, splits.val, splits.test_cbl, splits.test_gbl, splits.test_lt)
        together = torch.cat(parts)
        assert len(together.unique()) == len(together)


def test_the_seed_decides_over_all_but_test_gbl() -> None:
    targets, marks = pool()
    first, same, other = (
        mscoco_glt_splits(targets, marks, NAMES, test_size=12, seed=seed).long_tailed for seed in (1, 1, 2)
    )
    assert torch.equal(first.train, same.train) and torch.equal(first.test_cbl, same.test_cbl)
    assert not torch.equal(first.test_cbl, other.test_cbl)
    assert torch.equal(first.test_gbl, other.test_gbl)


def test_thirds_go_by_how_usual_the_attributes_are_in_the_class() -> None:
    marks = torch.tensor([[1, 0, 0], [1, 0, 0], [1, 1, 0], [1, 0, 0], [1, 1, 0], [0, 0, 1]] * 2).bool()
    marks[6:] = marks[6:].flip(1)
    targets, train = torch.tensor([0] * 6 + [1] * 6), torch.tensor([0, 1, 2, 6, 7, 8])
    part = torch.tensor([5, 4, 3, 9, 10, 11])
    assert attribute_thirds(targets, marks, train, part).tolist() == [2, 1, 0, 0, 1, 2]
    assert attribute_thirds(targets, marks, train, part[:0]).tolist() == []


def test_samples_without_attributes_are_the_least_usual() -> None:
    marks = torch.tensor([[0, 0], [1, 0], [1, 0]]).bool()
    found = attribute_thirds(torch.zeros(3, dtype=torch.int64), marks, torch.arange(3), torch.arange(3))
    assert found.tolist() == [2, 0, 1]


def test_a_class_with_too_few_is_named() -> None:
    targets, marks = pool()
    with pytest.raises(
        InputError, match=r"at least 64 of them in all, but class 'bear' has 60; lower --test"
    ):
        mscoco_glt_splits(targets, marks, NAMES, test_size=16)
    marks[(targets == 2).nonzero().flatten()[5:]] = False
    with pytest.raises(
        InputError, match=r"at least 12 of them with attributes, but class 'cat' has \d; lower"
    ):
        mscoco_glt_splits(targets, marks, NAMES, test_size=12)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match="a test size below 4"):
        planned(test_size=3)
    targets, marks = torch.tensor([0] * 48 + [1] * 48), torch.ones(96, 2, dtype=torch.bool)
    with pytest.raises(InputError, match="Test-LT and validation want 24 and 12"):
        mscoco_glt_splits(targets, marks, ("a", "b"), test_size=12)
