"""Coarse and fine classes beside each other (figures 4 and 5 of hierarchical classification adjustment)."""

import torch
from torch import Tensor

from counterpoise.hierarchy import level_sizes
from counterpoise.pooling import sum_pooled


def inconsistency(fine: Tensor, coarse: Tensor, group: Tensor) -> Tensor:
    """Share of samples whose best coarse class does not hold their best fine class; -> () float64.

    Args:
        fine: scores of the fine classes, (B, C).
        coarse: scores of the coarse classes, (B, G): of a coarse classifier, or pooled from the fine ones. With
            `max_pooled` the share is 0.
        group: the coarse class of each fine class, (C,).
    """
    return (group[fine.argmax(dim=1)] != coarse.argmax(dim=1)).double().mean()


def restricted_class(fine: Tensor, coarse: Tensor, group: Tensor) -> Tensor:
    """The best fine class within the best coarse one, from coarse to fine as in figure 4; -> (B,) int64.

    Args:
        fine: scores of the fine classes, (B, C).
        coarse: scores of the coarse classes, (B, G).
        group: the coarse class of each fine class, (C,).
    """
    outside = group != coarse.argmax(dim=1, keepdim=True)
    return fine.masked_fill(outside, -torch.inf).argmax(dim=1)


def summation_inconsistency(logits: Tensor, levels: Tensor) -> Tensor:
    """`inconsistency` of a classifier with its own probabilities summed to each level; figure 5, lines.

    The text of the paper leaves open whose probabilities are pooled; any may be given.

    Args:
        logits: of the finest classes, (B, C).
        levels: the hierarchy, (H, C), see `counterpoise.hierarchy`.

    Returns:
        The share for each level, (H,) float64; 0 for the finest.
    """
    logarithms = logits.log_softmax(dim=1)
    pairs = zip(levels, level_sizes(levels), strict=True)
    shares = [inconsistency(logits, sum_pooled(logarithms, group, size), group) for group, size in pairs]
    return torch.stack(shares)


def mean_peaks(outputs: Tensor, levels: Tensor) -> Tensor:
    """Mean probability of the most likely class at each level, the other half of figure 5; (B, S), (H, C) -> (H,)."""
    split = outputs.split(level_sizes(levels), dim=1)
    return torch.stack([level.softmax(dim=1).amax(dim=1).mean() for level in split])
