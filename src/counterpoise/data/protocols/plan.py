"""Splits of all three protocols from one pool, as large as it can give."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from counterpoise.counts import count_classes
from counterpoise.data.protocols.attributes import shuffled_order
from counterpoise.data.protocols.class_ranks import labels_by_size
from counterpoise.data.protocols.splits import ProtocolSplits, class_balanced_splits, long_tailed_splits
from counterpoise.errors import InputError


class Planned(NamedTuple):
    """The splits of a pool.

    Attributes:
        long_tailed: for CLT and GLT.
        balanced: for ALT; its test sets are those of ``long_tailed``.
        test_size: images of each attribute of a class in Test-GBL, as many as asked for or as there can be.
    """

    long_tailed: ProtocolSplits
    balanced: ProtocolSplits
    test_size: int


def planned_splits(
    targets: Tensor,
    attributes: Tensor,
    class_names: Sequence[str],
    *,
    mix: Sequence[int] = (7, 2, 1),
    ratio: float = 100.0,
    test_size: int = 20,
    val_share: float = 0.2,
    seed: int = 0,
) -> Planned:
    """Splits of CLT, ALT and GLT in which every class has its attributes in the mix, to an image.

    The steps are those of ImageNet-GLT, see `class_balanced_splits` and `long_tailed_splits`; sizes are ours: as many
    images of each class for ALT, and for the others an exponential fall from the class that can give most, both as
    large as every class and attribute can give. Images are taken in random order.

    Args:
        targets: labels, (N,).
        attributes: rank of the attribute in the class, (N,), from 0 for the most frequent.
        class_names: C.
        mix: images of the attributes beside each other, the most frequent first (ImageNet-GLT: 7, 2, 1).
        ratio: images of the largest class over those of the smallest, in the long tail (ours: 100).
        test_size: most images of each attribute of a class in Test-GBL (ImageNet-GLT: 20); never more than a quarter of
            the rarest.
        val_share: share of what is left after the tests that validates (ImageNet-GLT: 0.21).
        seed: of the order and the draws.

    Raises:
        InputError: a class has too few images of an attribute, or would have none to train on; a ratio below 1, or a
            share outside 0 .. 1.
    """
    _check(mix, ratio, val_share)
    cells = torch.zeros(len(class_names), len(mix), dtype=torch.int64)
    cells.index_put_((targets, attributes), torch.ones_like(targets), accumulate=True)
    size, each = _test_size(cells, class_names, mix, test_size), torch.tensor(mix)
    left = cells - size - each * (len(mix) * size // sum(mix))
    given = (left * sum(mix) // each).min(dim=1).values
    sizes, most = _falling(given, ratio), int(given.min())
    order = shuffled_order(len(targets), seed=seed)
    pool = int((each.double() / sum(mix) * sizes.unsqueeze(1)).long().sum())
    long_tailed = long_tailed_splits(
        targets,
        attributes,
        order,
        class_sizes=sizes,
        test_size=size,
        test_lt_size=0,
        val_size=int(val_share * pool),
        ratio=mix,
        seed=seed,
    )
    balanced = class_balanced_splits(
        targets,
        attributes,
        order,
        test_size=size,
        val_size=math.ceil(val_share * most / len(mix)),
        ratio=mix,
        most=most,
    )
    require_trained(targets[long_tailed.train], class_names, "lower --ratio or --val-share")
    return Planned(long_tailed, balanced, size)


def _check(mix: Sequence[int], ratio: float, val_share: float) -> None:
    if len(mix) < 2 or min(mix) < 1:
        raise InputError(f"a mix has two attributes or more, and images of each, but {tuple(mix)} came")
    if not 1 <= ratio < float("inf"):
        raise InputError(f"expected a ratio of at least 1, but {ratio} came")
    if not 0 <= val_share < 1:
        raise InputError(f"expected a validation share from 0 to below 1, but {val_share} came")


def _test_size(cells: Tensor, class_names: Sequence[str], mix: Sequence[int], wanted: int) -> int:
    """Images of each attribute of a class for Test-GBL: enough that Test-CBL has the mix once."""
    fewest = math.ceil(sum(mix) / len(mix))
    if wanted < fewest:
        raise InputError(
            f"a test of the mix {tuple(mix)} needs a size of at least {fewest}, but {wanted} came"
        )
    smallest = int(cells.min())
    if smallest < 4 * fewest:
        label, rank = divmod(int(cells.argmin()), len(mix))
        raise InputError(
            f"every class needs at least {4 * fewest} images of each attribute, but class {class_names[label]!r} has "
            f"{smallest} of its attribute {rank}; leave the class out, or take fewer clusters, "
            "or fewer attributes with another --mix"
        )
    return min(wanted, smallest // 4)


def _falling(given: Tensor, ratio: float) -> Tensor:
    """Class sizes that fall exponentially from the class that can give most, as large as all can give; (C,), (C,)."""
    places = labels_by_size(given).double() / max(len(given) - 1, 1)
    profile = ratio**-places
    return ((given / profile).min() * profile + 1e-9).long()


def require_trained(labels: Tensor, class_names: Sequence[str], remedy: str) -> None:
    """Refuse training images that lack a class; (n,) labels.

    Raises:
        InputError: names the class, and says what to do.
    """
    counts = count_classes(labels, len(class_names))
    if not counts.all():
        name = class_names[int(counts.argmin())]
        raise InputError(
            f"expected training images of every class, but class {name!r} would have none; {remedy}"
        )
