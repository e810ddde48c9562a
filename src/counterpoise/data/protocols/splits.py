"""Splits for long tails of classes, of attributes, and of both."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from counterpoise.errors import InputError


@dataclass(frozen=True, eq=False)
class ProtocolSplits:
    """Positions of samples, rising; no sample is in two splits, and some may be in none.

    Attributes:
        train: to learn from; (n,) int64.
        val: of the same distribution as ``train``.
        test_cbl: Test-CBL, as many of each class, attributes as in ``train``: for CLT.
        test_gbl: Test-GBL, as many of each class and of each attribute in it: for ALT and GLT.
        test_lt: of the same distribution as ``train``; empty after `class_balanced_splits`.
    """

    train: Tensor
    val: Tensor
    test_cbl: Tensor
    test_gbl: Tensor
    test_lt: Tensor


def class_balanced_splits(
    targets: Tensor,
    attributes: Tensor,
    order: Tensor,
    *,
    test_size: int = 20,
    val_size: int = 10,
    ratio: Sequence[int] = (7, 2, 1),
    most: int = 145,
) -> ProtocolSplits:
    """Splits of ALT: as many of each class, attributes in a long tail; as ImageNet-GLT (Tang et al., ECCV 2022).

    All are taken class by class and attribute by attribute, from the front of ``order``: first Test-GBL, ``test_size``
    or a quarter of the rarest attribute where that is less; then Test-CBL; of what remains so many as the ratio gives
    for ``most`` images or all of the class; from these validation, and training has the rest.

    Args:
        targets: labels, (N,).
        attributes: rank of the attribute in the class, (N,), from 0 for the most frequent; see `attribute_ranks`.
        order: all positions, see `order_by_rank` (released) and `shuffled_order`.
        test_size: images of each attribute of a class in Test-GBL; Test-CBL has as many of the class (release: 20).
        val_size: the same for validation (release: 10).
        ratio: of the attributes, most frequent first, whole numbers (release: 7, 2, 1).
        most: images of a class for validation and training (release: 145).

    Raises:
        InputError: labels, attributes and order do not fit, or the ratio is not one number above 0 for each attribute.
    """
    cells = _Cells(targets, attributes, order, ratio)
    gbl, cbl = cells.tests(test_size)
    left = cells.sizes - gbl - cbl
    kept = cells.cut(left, left.sum(dim=1).clamp(max=most))
    val = torch.minimum(cells.shares(val_size), kept)
    test_gbl, test_cbl, validation, train = cells.between(gbl, cbl, val, kept - val)
    return ProtocolSplits(train, validation, test_cbl, test_gbl, train[:0])


def long_tailed_splits(
    targets: Tensor,
    attributes: Tensor,
    order: Tensor,
    *,
    class_sizes: Tensor,
    test_size: int = 20,
    test_lt_size: int = 60_000,
    val_size: int = 30_000,
    ratio: Sequence[int] = (7, 2, 1),
    seed: int = 0,
) -> ProtocolSplits:
    """Splits of CLT and GLT: classes and attributes in long tails; as ImageNet-GLT (Tang et al., ECCV 2022).

    Test-GBL and Test-CBL are those of `class_balanced_splits`. What remains of a class is cut to its size in
    ``class_sizes`` by the ratio; Test-LT and validation are drawn from all of that alike, and training has the rest.

    Args:
        targets: see `class_balanced_splits`.
        attributes: see `class_balanced_splits`.
        order: see `class_balanced_splits`.
        class_sizes: images of each class for Test-LT, validation and training, (C,), such as `exponential_counts`.
        test_size: see `class_balanced_splits`.
        test_lt_size: images of Test-LT (release: 60,000).
        val_size: images of validation (release: 30,000).
        ratio: see `class_balanced_splits`.
        seed: of the draws.

    Raises:
        InputError: see `class_balanced_splits`; or fewer images are left than Test-LT and validation want.
    """
    cells = _Cells(targets, attributes, order, ratio)
    if class_sizes.shape != cells.sizes.shape[:1]:
        raise InputError(
            f"class_sizes must be ({len(cells.sizes)},), one for each class, but {tuple(class_sizes.shape)} came"
        )
    gbl, cbl = cells.tests(test_size)
    kept = cells.cut(cells.sizes - gbl - cbl, class_sizes)
    test_gbl, test_cbl, pool = cells.between(gbl, cbl, kept)
    if test_lt_size + val_size >= len(pool):
        raise InputError(
            f"Test-LT and validation want {test_lt_size} and {val_size} images, but {len(pool)} are left for them and "
            "training; make them smaller"
        )
    drawn = pool[torch.randperm(len(pool), generator=torch.Generator().manual_seed(seed))]
    test_lt, val, train = drawn.split([test_lt_size, val_size, len(pool) - test_lt_size - val_size])
    train, val, test_lt = (part.sort().values for part in (train, val, test_lt))
    return ProtocolSplits(train, val, test_cbl, test_gbl, test_lt)


class _Cells:
    """The samples of each attribute of each class, in order."""

    def __init__(self, targets: Tensor, attributes: Tensor, order: Tensor, ratio: Sequence[int]) -> None:
        _check(targets, attributes, order, ratio)
        self.ratio = torch.tensor(ratio)
        cells = targets * len(ratio) + attributes
        classes = int(targets.max()) + 1
        counts = torch.bincount(cells, minlength=classes * len(ratio))
        self.positions = order[cells[order].argsort(stable=True)]
        self.cells = cells[self.positions]
        self.places = torch.arange(len(cells)) - (counts.cumsum(0) - counts)[self.cells]
        self.sizes = counts.view(classes, len(ratio))

    def tests(self, size: int) -> tuple[Tensor, Tensor]:
        """Samples of each cell for Test-GBL, and for Test-CBL after them; (C, A), (C, A)."""
        gbl = (self.sizes.min(dim=1).values // 4).clamp(max=size).unsqueeze(1).expand_as(self.sizes)
        return gbl, torch.minimum(self.shares(size), self.sizes - gbl)

    def shares(self, size: int) -> Tensor:
        """Samples of each attribute where the class has A times ``size``; (A,)."""
        return self.ratio * (len(self.ratio) * size // int(self.ratio.sum()))

    def cut(self, left: Tensor, class_sizes: Tensor) -> Tensor:
        """What is kept of the cells' remains, where a class wants so many in the ratio; (C, A), (C,) -> (C, A)."""
        wanted = (self.ratio.double() / self.ratio.sum() * class_sizes.unsqueeze(1)).long()
        return torch.minimum(wanted, left)

    def between(self, *parts: Tensor) -> list[Tensor]:
        """Positions of so many samples of each cell, part after part from its front; (C, A) each."""
        ends = torch.stack(parts).cumsum(dim=0).flatten(1)[:, self.cells]
        part = (self.places >= ends).sum(dim=0)
        return [self.positions[part == number].sort().values for number in range(len(parts))]


def _check(targets: Tensor, attributes: Tensor, order: Tensor, ratio: Sequence[int]) -> None:
    if not len(targets) or not len(targets) == len(attributes) == len(order) or targets.min() < 0:
        raise InputError(
            f"expected a label from 0, an attribute and a place in the order for each sample, but {len(targets)}, "
            f"{len(attributes)} and {len(order)} came"
        )
    if min(ratio, default=0) < 1 or attributes.min() < 0 or attributes.max() >= len(ratio):
        raise InputError(
            f"the ratio needs a whole number above 0 for each attribute, but {tuple(ratio)} and attributes up to "
            f"{int(attributes.max())} came"
        )
    if not torch.equal(order.sort().values, torch.arange(len(order))):
        raise InputError("the order must hold every position once; see order_by_rank and shuffled_order")
