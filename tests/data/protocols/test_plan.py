"""Splits of all protocols: disjoint, exact, and as large as the pool can give."""

from typing import Any

import pytest
import torch
from torch import Tensor

from counterpoise.counts import count_classes
from counterpoise.data.protocols.plan import Planned, planned_splits
from counterpoise.errors import InputError

NAMES = ("ant", "bee", "cow", "dog")
SIZES = torch.tensor([[200, 80, 60], [400, 200, 100], [150, 90, 40], [300, 60, 40]])


def pool(sizes: Tensor = SIZES) -> tuple[Tensor, Tensor]:
    """Labels and attributes of so many samples of each attribute of each class, in any order."""
    cells = torch.arange(sizes.numel()).repeat_interleave(sizes.flatten())
    cells = cells[torch.randperm(len(cells), generator=torch.Generator().manual_seed(7))]
    return cells // sizes.shape[1], cells % sizes.shape[1]


def planned(sizes: Tensor = SIZES, **options: Any) -> Planned:
    targets, attributes = pool(sizes)
    return planned_splits(targets, attributes, NAMES, **{"ratio": 10.0, **options})


def table(part: Tensor) -> list[list[int]]:
    targets, attributes = pool()
    return torch.bincount((targets * 3 + attributes)[part], minlength=12).view(4, 3).tolist()


def test_tests_are_balanced_and_the_same_for_both() -> None:
    found = planned(test_size=10)
    assert found.test_size == 10
    assert table(found.long_tailed.test_gbl) == [[10, 10, 10]] * 4
    assert table(found.long_tailed.test_cbl) == [[21, 6, 3]] * 4
    assert torch.equal(found.long_tailed.test_gbl, found.balanced.test_gbl)


def test_the_rarest_attribute_gives_at_most_a_quarter() -> None:
    assert planned(test_size=1000).test_size == 40 // 4


def test_classes_fall_to_the_ratio_and_attributes_have_the_mix() -> None:
    found = planned(val_share=0.0).long_tailed
    rows = torch.tensor(table(found.train))
    counts = rows.sum(dim=1).sort(descending=True).values
    assert 8 < counts[0] / counts[-1] < 12
    shares = rows / rows.sum(dim=1, keepdim=True)
    assert (shares - torch.tensor([0.7, 0.2, 0.1])).abs().max() < 0.06
    assert len(found.val) == len(found.test_lt) == 0


def test_the_pool_gives_all_that_it_can() -> None:
    found = planned(ratio=1.0, val_share=0.0, test_size=10)
    smallest = SIZES - 10 - torch.tensor([21, 6, 3])
    most = int((smallest * 10 // torch.tensor([7, 2, 1])).min())
    rows = torch.tensor(table(found.long_tailed.train)).sum(dim=1)
    assert most - 3 <= rows.min() <= rows.max() <= most
    assert table(found.long_tailed.train) == table(found.balanced.train)


def test_validation_is_like_training() -> None:
    found = planned(val_share=0.2)
    rows, train = torch.tensor(table(found.balanced.val)), torch.tensor(table(found.balanced.train))
    assert rows.unique(dim=0).shape[0] == train.unique(dim=0).shape[0] == 1
    assert rows[0].tolist() == [7 * int(rows[0, 2]), 2 * int(rows[0, 2]), int(rows[0, 2])]
    pool_size = len(found.long_tailed.train) + len(found.long_tailed.val)
    assert len(found.long_tailed.val) == int(0.2 * pool_size)


def test_no_sample_is_in_two_splits() -> None:
    for splits in planned()[:2]:
        parts = torch.cat([splits.train, splits.val, splits.test_cbl, splits.test_gbl])
        assert len(parts.unique()) == len(parts)


def test_the_seed_decides() -> None:
    first, same, other = (planned(seed=seed).long_tailed.train for seed in (1, 1, 2))
    assert torch.equal(first, same) and not torch.equal(first, other)


def test_a_class_with_too_few_of_an_attribute_is_named() -> None:
    sizes = SIZES.clone()
    sizes[2, 1] = 15
    with pytest.raises(
        InputError, match="at least 16 images of each attribute, but class 'cow' has 15 of its"
    ):
        planned(sizes)


def test_a_class_without_training_images_is_named() -> None:
    with pytest.raises(InputError, match=r"class '.*' would have none; lower --ratio"):
        planned(ratio=1e6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ratio": 0.5}, "a ratio of at least 1"),
        ({"val_share": 1.0}, "a validation share from 0 to below 1"),
        ({"test_size": 3}, "needs a size of at least 4"),
        ({"mix": [7, 2, 0]}, "images of each"),
        ({"mix": [7]}, "two attributes or more"),
    ],
)
def test_nonsense_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        planned(**options)


def test_training_counts_are_those_of_the_classes() -> None:
    found = planned()
    assert count_classes(pool()[0][found.balanced.train], 4).unique().numel() == 1
