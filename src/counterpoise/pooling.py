"""Pooling: from scores of fine classes to scores of the coarse classes that hold them.

All take any group index, (C,), so `counterpoise.hierarchy.stacked` pools to several levels at once.
"""

import torch
from torch import Tensor


def max_pooled(scores: Tensor, group: Tensor, num_groups: int) -> Tensor:
    """The best score in each group; (B, C, ...), (C,) -> (B, G, ...).

    The softmax of pooled logits is the pooled and normalised softmax of the fine ones, equations 13 and 14 of the
    paper on hierarchical classification adjustment (Xiong, Yao, CVPR 2024), as a softmax keeps the order. The group
    with the best score has the best class in it: this pooling preserves ranges. The gradient of a group goes to one
    class, the first of equals. A group without classes has -inf, hence probability 0; the released code gives it
    some.

    Args:
        scores: logits or probabilities of the fine classes, with any axes behind.
        group: of each fine class, (C,).
        num_groups: number of groups G.
    """
    classes = scores.shape[1]
    index = _along(group, scores)
    with torch.no_grad():
        best = (scores == _best(scores, index, num_groups).gather(1, index)) | scores.isnan()
        places = torch.where(best, _along(torch.arange(classes, device=group.device), scores), classes)
        none = places.new_full((len(scores), num_groups, *scores.shape[2:]), classes)
        first = none.scatter_reduce(1, index, places, "amin")
    pooled = scores.gather(1, first.clamp(max=classes - 1))
    return pooled.masked_fill(first == classes, -torch.inf)


def sum_pooled(log_probabilities: Tensor, group: Tensor, num_groups: int) -> Tensor:
    """The logarithm of the summed probabilities of each group, equation 10; (B, C, ...), (C,) -> (B, G, ...).

    What hierarchical classifiers used before: the group with the largest sum need not hold the most likely class. A
    group without classes has -inf.

    Args:
        log_probabilities: of the fine classes, with any axes behind.
        group: of each fine class, (C,).
        num_groups: number of groups G.
    """
    index = _along(group, log_probabilities)
    with torch.no_grad():
        best = _best(log_probabilities, index, num_groups)
        best = best.masked_fill(best == -torch.inf, 0)
    relative = (log_probabilities - best.gather(1, index)).exp()
    return torch.zeros_like(best).index_add(1, group, relative).log() + best


def _along(group: Tensor, scores: Tensor) -> Tensor:
    """One number for each class, repeated over all other axes; (C,) -> (B, C, ...)."""
    return group.view(-1, *(1,) * (scores.ndim - 2)).expand_as(scores)


def _best(scores: Tensor, index: Tensor, num_groups: int) -> Tensor:
    lowest = scores.new_full((len(scores), num_groups, *scores.shape[2:]), -torch.inf)
    return lowest.scatter_reduce(1, index, scores, "amax")
