"""Long-tailed class counts, and the subset of a balanced set that has them.

The construction of long-tailed CIFAR by Cui et al. (CVPR 2019) and Cao et al. (LDAM, NeurIPS 2019): the
order of the labels is the order of frequency, class 0 is the most frequent one.
"""

import numpy as np
import torch
from torch import Tensor

from counterpoise.errors import InputError


def exponential_counts(total: int, num_classes: int, ratio: float) -> Tensor:
    """Counts that fall exponentially from class 0 to the last class: ``int(total / C * f ** (i / (C - 1)))``.

    ``f = 1 / ratio``; truncated after evaluation in double precision, in exactly this order, as in the
    released code of LDAM and BBN, so that the counts agree with theirs to the last image.

    Args:
        total: number of images of the balanced source; ``total / C`` is the count of class 0.
        num_classes: C, at least 2.
        ratio: count of the most frequent class over that of the rarest (the imbalance ratio), at least 1.

    Returns:
        (C,) int64; 0 where the ratio asks for less than one image.

    Raises:
        InputError: for fewer than two classes or a ratio below 1.
    """
    _require_profile(num_classes, ratio)
    largest, factor = total / num_classes, 1 / ratio
    counts = [int(largest * factor ** (i / (num_classes - 1))) for i in range(num_classes)]
    return torch.tensor(counts, dtype=torch.int64)


def step_counts(total: int, num_classes: int, ratio: float) -> Tensor:
    """``int(total / C)`` for the first ``C // 2`` classes, ``int(total / C / ratio)`` for the others.

    With an odd number of classes the one left over belongs to the tail (the released code of LDAM loses it).
    Arguments, result and errors are those of `exponential_counts`.
    """
    _require_profile(num_classes, ratio)
    largest, factor, head = total / num_classes, 1 / ratio, num_classes // 2
    return torch.tensor([int(largest)] * head + [int(largest * factor)] * (num_classes - head))


def draw_long_tail(targets: Tensor, counts: Tensor, *, seed: int = 0) -> Tensor:
    """Positions of a subset with the wanted class counts, drawn as LDAM and BBN draw it.

    Class by class in the order of the labels, the positions of a class are shuffled with numpy's legacy
    generator (one stream for all classes) and the first ``counts[c]`` are kept. With ``seed=0`` and the
    official order of CIFAR this is *the* subset of both papers' released code. Samples of a class that is
    not in ``counts`` are not drawn.

    Args:
        targets: (N,) class of each sample.
        counts: (C,) wanted number of samples of each class.
        seed: of the legacy generator; the released codes use 0.

    Returns:
        (counts.sum(),) int64 positions, class after class, in the order of drawing.

    Raises:
        InputError: when a class has fewer samples than are wanted.
    """
    labels, stream = targets.cpu().numpy(), np.random.RandomState(seed)
    drawn = [_draw_class(labels, c, n, stream) for c, n in enumerate(counts.tolist())]
    return torch.from_numpy(np.concatenate(drawn)).long()


def _draw_class(labels: np.ndarray, label: int, count: int, stream: np.random.RandomState) -> np.ndarray:
    positions = np.where(labels == label)[0]
    if len(positions) < count:
        raise InputError(
            f"expected at least {count} samples of class {label}, but it has {len(positions)}; "
            "lower the total or the counts"
        )
    stream.shuffle(positions)
    return positions[:count]


def _require_profile(num_classes: int, ratio: float) -> None:
    if num_classes < 2:
        raise InputError(f"expected at least 2 classes for a long-tailed profile, but got {num_classes}")
    if not 1 <= ratio < float("inf"):
        raise InputError(
            f"expected an imbalance ratio (largest over smallest class count) of at least 1, but got {ratio}"
        )
