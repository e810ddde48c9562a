"""The splits of MSCOCO-GLT by the rules of its release: samples with any number of attributes."""

from collections.abc import Sequence

import torch
from torch import Tensor

from counterpoise.counts import count_classes
from counterpoise.data.protocols.attribute_balance import attribute_balanced_selection
from counterpoise.data.protocols.attributes import shuffled_order
from counterpoise.data.protocols.class_ranks import labels_by_size
from counterpoise.data.protocols.plan import Planned, require_trained
from counterpoise.data.protocols.splits import class_balanced_splits, long_tailed_splits
from counterpoise.errors import InputError

TEST_SIZE, RATIO, THIRDS = 200, 200, 3
REMEDY = f"the rarest has a {RATIO}th of the largest; lower --test, or add images of the largest class"


def mscoco_glt_splits(
    targets: Tensor, marks: Tensor, class_names: Sequence[str], *, test_size: int = TEST_SIZE, seed: int = 0
) -> Planned:
    """Splits of CLT, ALT and GLT by the rules of MSCOCO-GLT (Tang et al., ECCV 2022, released script).

    For CLT and GLT, Test-GBL has ``test_size`` samples of each class by `attribute_balanced_selection`, Test-CBL as
    many by chance, and the rest of a class is cut to ``n * 0.005 ** (i / (C - 1))``, i its rank by size and n what is
    left of the largest class; from that, Test-LT (``test_size`` for each class there is) and validation (half as many)
    are drawn alike. For ALT both tests are half as large, the rest of each class is cut to that of the smallest, and
    validation has a quarter of ``test_size`` of each class (the release: as many in all; that they are as many of each
    class is ours, so that Train-CBL is balanced to a sample).

    The release draws in the order of a set of strings, which no seed repeats; so its own splits cannot be made again.
    Of one call, the Test-GBL of ALT lies within that of GLT, as the search takes the same first samples.

    Args:
        targets: labels, (N,).
        marks: which attributes a sample has, (N, A) bool.
        class_names: C.
        test_size: samples of each class in the tests of CLT and GLT (release: 200), at least 4.
        seed: of all that is drawn by chance.

    Raises:
        InputError: a test size below 4, a class has too few samples, with an attribute or at all, or would have none to
            train on.
    """
    counts, described = count_classes(targets, len(class_names)), marks.any(dim=1)
    _require_enough(counts, count_classes(targets[described], len(class_names)), class_names, test_size)
    order, only = shuffled_order(len(targets), seed=seed), torch.zeros_like(targets)
    flat = [_flat(targets == label, marks, test_size) for label in range(len(class_names))]
    long_tailed = long_tailed_splits(
        targets,
        only,
        _in_front(flat, order),
        class_sizes=_falling(counts - 2 * test_size),
        test_size=test_size,
        test_lt_size=test_size * len(counts),
        val_size=test_size * len(counts) // 2,
        ratio=(1,),
        seed=seed,
    )
    balanced = class_balanced_splits(
        targets,
        only,
        _in_front([chosen[: test_size // 2] for chosen in flat], order),
        test_size=test_size // 2,
        val_size=test_size // 4,
        ratio=(1,),
        most=int(counts.min()) - 2 * (test_size // 2),
    )
    require_trained(targets[long_tailed.train], class_names, REMEDY)
    return Planned(long_tailed, balanced, test_size)


def attribute_thirds(targets: Tensor, marks: Tensor, train: Tensor, part: Tensor) -> Tensor:
    """How usual the attributes of the samples of a split are: 0 the most usual third, 2 the least; (n,) int64.

    A sample scores by the product of two histograms of attributes, each divided by its sum: its own and that of the
    training samples of its class. The release writes such thirds beside its splits and measures nothing by them; which
    of equal samples comes first is ours.

    Args:
        targets: labels, (N,).
        marks: which attributes a sample has, (N, A) bool; one without any is among the least usual.
        train: positions of the training samples.
        part: positions of the split, (n,).
    """
    histograms = torch.zeros(int(targets.max()) + 1, marks.shape[1], dtype=torch.float64)
    histograms.index_add_(0, targets[train], marks[train].double())
    scores = (_shares(histograms)[targets[part]] * _shares(marks[part].double())).sum(dim=1)
    places = scores.argsort(descending=True, stable=True).argsort()
    return places * THIRDS // max(len(part), 1)


def _shares(histograms: Tensor) -> Tensor:
    return histograms / histograms.sum(dim=1, keepdim=True).clamp(min=1)


def _require_enough(counts: Tensor, described: Tensor, class_names: Sequence[str], test_size: int) -> None:
    if test_size < 4:
        raise InputError(
            f"a test size below 4 leaves no validation for ALT, but {test_size} came; MSCOCO-GLT has {TEST_SIZE}"
        )
    for having, least, what in ((described, test_size, "with attributes"), (counts, 4 * test_size, "in all")):
        if having.min() < least:
            label = int(having.argmin())
            raise InputError(
                f"tests of {test_size} samples of each class need at least {least} of them {what}, but class "
                f"{class_names[label]!r} has {int(having[label])}; lower --test or leave the class out"
            )


def _flat(own: Tensor, marks: Tensor, size: int) -> Tensor:
    """Positions of samples of a class with a flat histogram of attributes; (N,) bool, (N, A) -> (size,)."""
    members = own.nonzero().flatten()
    return members[attribute_balanced_selection(marks[members], size)]


def _in_front(chosen: Sequence[Tensor], order: Tensor) -> Tensor:
    """The order in which the chosen come first."""
    first = torch.cat(list(chosen))
    return torch.cat([first, order[~torch.isin(order, first)]])


def _falling(left: Tensor) -> Tensor:
    """Class sizes that fall to a 200th of the largest, which has all that is left of it; (C,) -> (C,)."""
    ranks = labels_by_size(left).double() / max(len(left) - 1, 1)
    return (left.max() * float(RATIO) ** -ranks + 1e-9).long()
