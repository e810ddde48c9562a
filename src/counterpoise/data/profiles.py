"""Long-tailed class counts, and the subset of a balanced set that has them.

The construction of long-tailed CIFAR by Cui et al. (CVPR 2019) and Cao et al. (LDAM, NeurIPS 2019): the
order of the labels is the order of frequency, class 0 is the most frequent one. Beside it the profiles of
unlabeled sets, by Yang and Xu (NeurIPS 2020) and by USB (Wang et al., NeurIPS 2022).
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


def by_digit(ranked_counts: Tensor) -> Tensor:
    """Counts by rank -> counts by digit: the order of SVHN-LT (Yang and Xu, NeurIPS 2020, released code).

    The class of rank k is the digit ``(k + 1) mod C``: digit 1 is the most frequent one and digit 0 the rarest. The
    labeled profile there is ``exponential_counts(10_000, 10, ratio)``: 1000 images of digit 1.

    Args:
        ranked_counts: (C,) counts, the most frequent class first; of labeled or of unlabeled samples.

    Returns:
        (C,) counts in the order of the digits.
    """
    return ranked_counts.roll(1)


def unlabeled_counts(total: float, num_classes: int, ratio: float) -> Tensor:
    """Counts of an unlabeled set of a wanted size: an exponential profile, filled up to ``total``.

    Section 5 of Yang and Xu (NeurIPS 2020), in the order of evaluation of the released code: ``a_c = int(total // C *
    f ** (c / (C - 1)))`` with ``f = 1 / ratio``, then ``int(a_c * total / sum(a))``. Both truncations together leave
    the sum a few samples below ``total``. "D_U @ 5x" is ``unlabeled_counts(5 * counts.sum().item(), ...)``, whatever
    the profile of the labeled counts; the order of frequency is theirs, class 0 first.

    Args:
        total: wanted number of samples, at least C; any multiple of the labeled size, also a fractional one.
        num_classes: C, at least 2.
        ratio: largest over smallest unlabeled count; the paper has 1, half the labeled ratio, the same, and twice.

    Returns:
        (C,) int64.

    Raises:
        InputError: for fewer than two classes, a ratio below 1, or a total below C.
    """
    _require_profile(num_classes, ratio)
    if not num_classes <= total < float("inf"):
        raise InputError(
            f"expected at least {num_classes} unlabeled samples, one for each class, but a total of {total} came"
        )
    share, factor = total // num_classes, 1 / ratio
    profile = [int(share * factor ** (c / (num_classes - 1))) for c in range(num_classes)]
    fill = total / sum(profile)
    return torch.tensor([int(count * fill) for count in profile], dtype=torch.int64)


def relevant_counts(total: float, num_classes: int, ratio: float, *, relevance: float) -> Tensor:
    """Counts of an unlabeled set of which only a share shows the labeled classes (figure 2 of Yang and Xu).

    The size of the set does not depend on the share. Irrelevant samples are one more class behind the labeled ones, so
    that `draw_labeled_and_unlabeled` draws them like all others: give them the label C in the pool.

    Args:
        total: wanted number of samples, relevant or not.
        num_classes: C, of the labeled classes.
        ratio: largest over smallest count of the labeled classes.
        relevance: share of relevant samples, 0 < relevance <= 1; the paper goes from 0.2 to 1.

    Returns:
        (C + 1,) int64; the last is the number of irrelevant samples, ``round((1 - relevance) * total)``.

    Raises:
        InputError: the relevance is out of range, or see `unlabeled_counts`.
    """
    if not 0 < relevance <= 1:
        raise InputError(f"the relevance must lie in 0 < relevance <= 1, but {relevance} came")
    relevant = unlabeled_counts(relevance * total, num_classes, ratio)
    return torch.cat([relevant, torch.tensor([round((1 - relevance) * total)])])


def usb_counts(largest: int, num_classes: int, gamma: float) -> Tensor:
    """Counts in the convention of USB's imbalanced benchmarks: ``int(largest * |gamma| ** (-c / (C - 1)))``.

    Its settings read (N1, gamma_l, M1, gamma_u): the labeled counts are ``usb_counts(N1, C, gamma_l)`` and the
    unlabeled ones ``usb_counts(M1, C, gamma_u)``. They name the largest count where `exponential_counts` has a total.

    Args:
        largest: samples of the most frequent class.
        num_classes: C, at least 2.
        gamma: the imbalance ratio, 1 or more; 1 is balanced. A negative one reverses the order: class 0 is then the
            rarest.

    Returns:
        (C,) int64; 0 where gamma asks for less than one sample.

    Raises:
        InputError: for fewer than two classes, or a gamma between -1 and 1.
    """
    ratio = abs(gamma)
    _require_profile(num_classes, ratio)
    counts = [int(largest * (1 / ratio) ** (c / (num_classes - 1))) for c in range(num_classes - 1)]
    counts.append(int(largest / ratio))
    return torch.tensor(counts if gamma > 0 else counts[::-1])


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
    require_samples(targets, counts)
    return draw_from_stream(targets, counts, np.random.RandomState(seed))


def require_samples(targets: Tensor, counts: Tensor) -> None:
    """Refuse counts that the samples cannot give; (N,) classes, (C,) wanted.

    Raises:
        InputError: when a class has fewer samples than are wanted.
    """
    found = torch.bincount(targets[targets >= 0], minlength=len(counts))[: len(counts)]
    short = (found < counts.to(found.device)).nonzero().flatten().tolist()
    if short:
        label = short[0]
        raise InputError(
            f"expected at least {counts[label]} samples of class {label}, but it has {found[label]}; "
            "lower the total or the counts"
        )


def draw_from_stream(targets: Tensor, counts: Tensor, stream: np.random.RandomState) -> Tensor:
    """The draw of `draw_long_tail` from a stream that can go on; a class with too few samples gives all it has.

    Args:
        targets: (N,) class of each sample.
        counts: (C,) wanted number of samples of each class.
        stream: numpy's legacy generator, which moves on.

    Returns:
        Int64 positions, class after class, in the order of drawing.
    """
    labels = targets.cpu().numpy()
    drawn = [_shuffled_members(labels, label, stream)[:n] for label, n in enumerate(counts.tolist())]
    return torch.from_numpy(np.concatenate(drawn)).long()


def _shuffled_members(labels: np.ndarray, label: int, stream: np.random.RandomState) -> np.ndarray:
    positions = np.where(labels == label)[0]
    stream.shuffle(positions)
    return positions


def _require_profile(num_classes: int, ratio: float) -> None:
    if num_classes < 2:
        raise InputError(f"expected at least 2 classes for a long-tailed profile, but got {num_classes}")
    if not 1 <= ratio < float("inf"):
        raise InputError(
            f"expected an imbalance ratio (largest over smallest class count) of at least 1, but got {ratio}"
        )
