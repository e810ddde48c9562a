"""Which pseudo-labels to believe, and how much, where the classes are uneven: pure functions.

``probabilities`` are those of a classifier for unlabeled samples, (B, C); their most likely class is the pseudo-label,
and its probability the confidence.
"""

import torch
from torch import Tensor

from counterpoise.counts import checked_prior, effective_number_weights, real_counts
from counterpoise.errors import InputError


def confident(probabilities: Tensor, thresholds: Tensor | float) -> Tensor:
    """Whether the confidence reaches the threshold, or that of the pseudo-label's class; (B, C) -> (B,) bool.

    Args:
        probabilities: (B, C).
        thresholds: one, or one for each class, (C,). FixMatch (Sohn et al., NeurIPS 2020) has 0.95.
    """
    confidences, labels = probabilities.max(dim=1)
    if isinstance(thresholds, Tensor) and thresholds.ndim:
        thresholds = thresholds[labels]
    return confidences >= thresholds


def equal_share_thresholds(
    confidences: Tensor, labels: Tensor, before: Tensor, *, head: int, threshold: float = 0.95
) -> Tensor:
    """Thresholds by which each class keeps the share that the head class keeps at a fixed one.

    ADSH (Guo, Li, ICML 2022). Of n pseudo-labels of a class the ``n * kept // visits`` most confident are kept, where
    the head keeps ``kept`` of its ``visits``; at least one, if the head keeps any (ours). The head keeps its fixed
    threshold. Where the head has no pseudo-label, or keeps none, thresholds stay (ours); so do those of classes
    without any.

    Args:
        confidences: of all unlabeled samples, (N,).
        labels: their pseudo-labels, (N,).
        before: thresholds so far, (C,).
        head: the most frequent class. A public port takes class 0 without looking.
        threshold: of the head (public port: 0.95).

    Returns:
        (C,).
    """
    heads = confidences[labels == head]
    visits, kept = len(heads), int((heads >= threshold).sum())
    thresholds = before.clone()
    thresholds[head] = threshold
    for number in labels.unique().tolist() if kept else []:
        own = confidences[labels == number].sort(descending=True).values
        if number != head:
            thresholds[number] = own[max(len(own) * kept // visits, 1) - 1]
    return thresholds


def adaptive_weights(pseudo_counts: Tensor) -> Tensor:
    """Class weights from the pseudo-labels of an epoch, whose sum is C; (C,) -> (C,).

    SAW (smoothed adaptive weighting): the effective-number weights of the counts, with ``beta = (N - 1) / N`` and N
    the mean count. A class without pseudo-labels counts as one sample, where the formula divides by zero, and a mean
    below 1 gives beta 0, equal weights (ours).

    Args:
        pseudo_counts: pseudo-labels of each class, (C,); float32 comes back for whole numbers.

    Raises:
        InputError: counts that are none.
    """
    counts = real_counts(pseudo_counts)
    mean = counts.double().mean().item()
    return effective_number_weights(counts.clamp(min=1), beta=max(mean - 1, 0.0) / mean)


def keep_probabilities(class_counts: Tensor) -> Tensor:
    """``n_min / n_c``, with which a random mask balances a batch; (C,) -> (C,).

    Of an auxiliary balanced classifier, ABC (Lee et al., NeurIPS 2021, equation 2). Classes without samples do not
    count for the minimum and have probability 1 (ours).

    Raises:
        InputError: counts that are none.
    """
    counts = real_counts(class_counts)
    smallest = counts[counts > 0].min()
    return torch.where(counts > 0, smallest / counts.clamp(min=smallest), 1.0)


def annealed(probabilities: Tensor, share: float) -> Tensor:
    """``1 - share (1 - p)``: from 1 at the start of training to p at its end; any shape.

    The mask of ABC on unlabeled samples, whose pseudo-labels are not to be trusted early on.
    """
    return 1 - share * (1 - probabilities)


def relabeling_rates(class_counts: Tensor, *, root: float = 3.0) -> Tensor:
    """Share of its pseudo-labels that a class gives to the labeled set in a generation; (C,) -> (C,).

    CReST (Wei et al., CVPR 2021, equation 1): the class of rank r gets ``(n_(C + 1 - r) / n_1)^(1 / root)``, so that
    the rarest class gives all and the most frequent the least. Of the counts themselves, where a public port takes
    those of an exponential profile.

    Args:
        class_counts: labeled samples of each class, (C,); float32 comes back for whole numbers.
        root: flattens the rates (paper: 3 for alpha = 1/3).

    Raises:
        InputError: counts that are none, or a root that is not above 0.
    """
    if not root > 0:
        raise InputError(f"root must be above 0, but {root} came; the paper has 3")
    counts = real_counts(class_counts)
    order = counts.argsort(descending=True, stable=True)
    rates = torch.empty_like(counts)
    rates[order] = (counts[order.flip(0)] / counts.max()) ** (1 / root)
    return rates


def most_confident(confidences: Tensor, labels: Tensor, rates: Tensor) -> Tensor:
    """Which samples are the most confident ones of their class, up to its rate; (N,), (N,), (C,) -> (N,) bool.

    ``ceil(rate * n)`` of a class's n (ours; CReST's equations leave the rounding open).
    """
    chosen = torch.zeros_like(labels, dtype=torch.bool)
    for number in labels.unique().tolist():
        members = (labels == number).nonzero().flatten()
        best = confidences[members].argsort(descending=True, stable=True)
        chosen[members[best[: int((rates[number] * len(members)).ceil())]]] = True
    return chosen


def flattened_prior(prior: Tensor, power: float) -> Tensor:
    """``p^t``, as a distribution: what CReST+ aligns pseudo-labels with, t from 1 to 0.5; (C,) -> (C,)."""
    return checked_prior(checked_prior(prior, len(prior)) ** power, len(prior)).to(prior.dtype)


def aligned(probabilities: Tensor, wanted: Tensor, found: Tensor) -> Tensor:
    """Probabilities times ``wanted / found``, as distributions again; (B, C), (C,), (C,) -> (B, C).

    Distribution alignment of ReMixMatch and CReST+.

    Args:
        probabilities: (B, C).
        wanted: class prior of the labels, or a `flattened_prior`, (C,).
        found: running mean of the probabilities, (C,), above 0.
    """
    moved = probabilities * (wanted / found)
    return moved / moved.sum(dim=1, keepdim=True)


def scaled_to_marginal(probabilities: Tensor, wanted: Tensor, *, iterations: int = 10) -> Tensor:
    """The nearest pseudo-labels, by Kullback-Leibler divergence, whose mean is a wanted class prior.

    Alternating scaling of columns and rows, as in DARP (Kim et al., NeurIPS 2020). DARP also weighs each sample by
    one over its entropy; here all count the same (ours). The rows are scaled last and sum to 1.

    Args:
        probabilities: of all unlabeled samples, (N, C).
        wanted: class prior, (C,).
        iterations: of both scalings (DARP: 10).

    Raises:
        InputError: no class prior, or fewer than 1 iteration.

    Returns:
        (N, C).
    """
    if iterations < 1:
        raise InputError(f"expected at least 1 iteration, but {iterations} came; DARP has 10")
    prior = checked_prior(wanted, probabilities.shape[1]).to(probabilities)
    tiny = torch.finfo(probabilities.dtype).tiny
    for _ in range(iterations):
        probabilities = probabilities * (prior / probabilities.mean(dim=0).clamp(min=tiny))
        probabilities = probabilities / probabilities.sum(dim=1, keepdim=True).clamp(min=tiny)
    return probabilities
