from typing import Any

import pytest
import torch
from torch import Tensor

from counterpoise.data.protocols import (
    ProtocolSplits,
    class_balanced_splits,
    long_tailed_splits,
    order_by_rank,
    shuffled_order,
)
from counterpoise.errors import InputError

CLASSES, PARTS = 4, ("train", "val", "test_cbl", "test_gbl", "test_lt")


def samples() -> tuple[Tensor, Tensor]:
    """100 of the first attribute, 60 of the second and 40 of the third in each of 4 classes, in any order."""
    attributes = torch.tensor([0] * 100 + [1] * 60 + [2] * 40).repeat(CLASSES)
    targets = torch.arange(CLASSES).repeat_interleave(200)
    order = torch.randperm(len(targets))
    return targets[order], attributes[order]


def balanced(**options: Any) -> tuple[ProtocolSplits, Tensor]:
    """Splits of ALT, and a table of samples for each."""
    targets, attributes = samples()
    splits = class_balanced_splits(
        targets, attributes, shuffled_order(800, seed=0), test_size=10, val_size=10, most=100, **options
    )
    return splits, tables(splits, targets, attributes)


def tables(splits: ProtocolSplits, targets: Tensor, attributes: Tensor) -> Tensor:
    """Samples of each class and attribute, for each split; (5, C, A)."""
    cells = targets * 3 + attributes
    return torch.stack(
        [torch.bincount(cells[getattr(splits, part)], minlength=12).view(CLASSES, 3) for part in PARTS]
    )


def disjoint(splits: ProtocolSplits) -> bool:
    together = torch.cat([getattr(splits, part) for part in PARTS])
    return len(together.unique()) == len(together)


def test_splits_of_alt_have_the_same_of_each_class() -> None:
    splits, found = balanced()
    wanted = [[69 - 21, 20 - 6, 10 - 3], [21, 6, 3], [21, 6, 3], [10, 10, 10], [0, 0, 0]]
    assert found.tolist() == [[row] * CLASSES for row in wanted]
    assert disjoint(splits)
    assert all(torch.equal(getattr(splits, part), getattr(splits, part).sort().values) for part in PARTS)


def test_a_quarter_of_the_rarest_attribute_is_enough_for_the_test() -> None:
    targets, attributes = samples()
    splits = class_balanced_splits(targets, attributes, shuffled_order(800, seed=0), test_size=20)
    assert tables(splits, targets, attributes)[3].tolist() == [[10, 10, 10]] * CLASSES


def test_the_front_of_the_order_goes_first() -> None:
    targets, clusters = samples()
    order = order_by_rank(targets, clusters)
    splits = class_balanced_splits(targets, clusters, order, test_size=3)
    for label in range(CLASSES):
        for attribute in range(3):
            own = ((targets == label) & (clusters == attribute)).nonzero().flatten()
            assert set(own[:3].tolist()) <= set(splits.test_gbl.tolist())


def test_splits_of_clt_and_glt_have_long_tails() -> None:
    targets, attributes = samples()
    splits = long_tailed_splits(
        targets,
        attributes,
        shuffled_order(800, seed=0),
        class_sizes=torch.tensor([80, 40, 20, 10]),
        test_size=5,
        test_lt_size=20,
        val_size=10,
    )
    found = tables(splits, targets, attributes)
    assert disjoint(splits)
    assert found[[0, 1, 4]].sum(dim=0).tolist() == [[56, 16, 8], [28, 8, 4], [14, 4, 2], [7, 2, 1]]
    assert (len(splits.test_lt), len(splits.val)) == (20, 10)
    assert found[2].tolist() == [[7, 2, 1]] * CLASSES
    assert found[3].tolist() == [[5, 5, 5]] * CLASSES


def test_both_protocols_share_their_tests() -> None:
    targets, attributes = samples()
    order, sizes = shuffled_order(800, seed=3), torch.tensor([80, 40, 20, 10])
    alt = class_balanced_splits(targets, attributes, order)
    glt = long_tailed_splits(targets, attributes, order, class_sizes=sizes, test_lt_size=1, val_size=1)
    assert torch.equal(alt.test_cbl, glt.test_cbl)
    assert torch.equal(alt.test_gbl, glt.test_gbl)


def test_a_seed_decides_over_the_draws_of_the_long_tail() -> None:
    targets, attributes = samples()

    def drawn(seed: int) -> Tensor:
        sizes = torch.tensor([80, 40, 20, 10])
        order = shuffled_order(800, seed=0)
        return long_tailed_splits(
            targets, attributes, order, class_sizes=sizes, test_lt_size=20, val_size=10, seed=seed
        ).val

    assert torch.equal(drawn(0), drawn(0))
    assert not torch.equal(drawn(0), drawn(1))


def test_a_class_whose_attributes_run_out_has_fewer() -> None:
    targets, attributes = samples()
    splits = class_balanced_splits(targets, attributes, shuffled_order(800, seed=0), test_size=10, most=400)
    kept = tables(splits, targets, attributes)[[0, 1]].sum(dim=0)
    assert kept[0].tolist() == [69, 28, 14], (
        "100 - 10 - 21 of the first attribute are left, less than the ratio has"
    )


def test_draws_of_more_than_is_left_are_refused() -> None:
    targets, attributes = samples()
    with pytest.raises(
        InputError, match="Test-LT and validation want 60000 and 30000 images, but 40 are left"
    ):
        long_tailed_splits(
            targets, attributes, shuffled_order(800, seed=0), class_sizes=torch.full((CLASSES,), 10)
        )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ratio": (7, 2)}, "the ratio needs a whole number above 0 for each attribute"),
        ({"ratio": (7, 2, 0)}, "the ratio needs a whole number above 0 for each attribute"),
    ],
)
def test_a_ratio_that_does_not_fit_is_refused(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        balanced(**change)


def test_what_does_not_fit_is_refused() -> None:
    targets, attributes = samples()
    order = shuffled_order(800, seed=0)
    with pytest.raises(InputError, match="the order must hold every position once"):
        class_balanced_splits(targets, attributes, order.clamp(max=700))
    with pytest.raises(InputError, match="a label from 0, an attribute and a place"):
        class_balanced_splits(targets, attributes[1:], order)
    with pytest.raises(InputError, match="class_sizes must be"):
        long_tailed_splits(targets, attributes, order, class_sizes=torch.tensor([1]))
