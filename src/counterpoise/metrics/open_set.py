"""How well a classifier knows what it does not know: the F-measure of OLTR's open-set test."""

from typing import NamedTuple

from torch import Tensor

from counterpoise.errors import InputError


class OpenSetScores(NamedTuple):
    """Precision, recall and F-measure over an open test set, each in 0 .. 1.

    Attributes:
        precision: share of the known samples that were recognised; a rejected one was not.
        recall: recognised samples among these and the unknown ones that were taken for a known class.
        f_measure: their harmonic mean.
    """

    precision: float
    recall: float
    f_measure: float


def open_set_f_measure(
    probabilities: Tensor, targets: Tensor, *, threshold: float = 0.1, unknown: int = -1
) -> OpenSetScores:
    """F-measure of known and unknown samples (OLTR, Liu et al., CVPR 2019, as released).

    A sample is rejected where its largest probability is below the threshold. True positives are known samples with
    the right answer, false positives known samples with a wrong one or rejected, and false negatives unknown
    samples that were not rejected. With predictions of a net: ``open_set_f_measure(logits.softmax(1), targets)``
    over the test set joined with samples of other classes, whose targets are -1.

    Args:
        probabilities: of the known classes, (N, C).
        targets: classes, ``unknown`` for samples of none of them, (N,).
        threshold: below it a sample is rejected (paper and released code: 0.1).
        unknown: the mark of unknown samples (released code: -1).

    Returns:
        Precision ``TP / (TP + FP)``, recall ``TP / (TP + FN)``, 0 where nothing was accepted (ours), and
        ``F = 2 P R / (P + R + 1e-12)``.

    Raises:
        InputError: the shapes do not fit, or no sample is of a known class.
    """
    if probabilities.ndim != 2 or targets.shape != probabilities.shape[:1]:
        raise InputError(
            f"expected probabilities (N, C) and targets (N,), but {tuple(probabilities.shape)} and "
            f"{tuple(targets.shape)} came"
        )
    known = targets != unknown
    if not known.any():
        raise InputError("expected some samples of known classes, but all are unknown; add the test set")
    confidence, answers = probabilities.max(dim=1)
    accepted = confidence >= threshold
    right = int((known & accepted & (answers == targets)).sum())
    precision, mistaken = right / int(known.sum()), int((~known & accepted).sum())
    recall = right / max(right + mistaken, 1)
    return OpenSetScores(precision, recall, 2 * precision * recall / (precision + recall + 1e-12))
