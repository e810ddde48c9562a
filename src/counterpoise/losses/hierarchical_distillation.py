"""Distillation of a hierarchy: one classifier learns from all levels."""

from abc import abstractmethod

import torch
import torch.nn.functional as F
from torch import Tensor

from counterpoise.hierarchy import checked_levels, level_sizes, stacked
from counterpoise.losses.closed_form import at_least_float32
from counterpoise.losses.loss import Loss
from counterpoise.pooling import max_pooled, sum_pooled


class HierarchicalDistillation(Loss):
    """Sum over the levels of ``KL(p_h || q_h)``; Xiong, Yao, CVPR 2024, equations 11 and 12.

    The student's logits are those of the finest classes, (B, C). In place of labels there are the outputs of a
    trained `HierarchicalClassifier`, (B, S), which get no gradient: p_h is their softmax at level h. q_h is what the
    student says about the classes of level h; how it comes there is the difference between the final classes.

    Args:
        levels: the hierarchy, (H, C), see `counterpoise.hierarchy`.

    Raises:
        InputError: levels that are none.
    """

    index: Tensor

    def __init__(self, levels: Tensor) -> None:
        super().__init__()
        levels = checked_levels(levels)
        self.sizes = level_sizes(levels)
        self.register_buffer("index", stacked(levels), persistent=False)

    @abstractmethod
    def aligned(self, logits: Tensor) -> Tensor:
        """Log-probabilities of the student at all levels; (B, C) -> (B, S)."""

    def per_level(self, logits: Tensor, teacher: Tensor) -> Tensor:
        """Divergence of each sample at each level; (B, C), (B, S) -> (B, H)."""
        student = self.aligned(at_least_float32(logits)).split(self.sizes, dim=1)
        teachers = at_least_float32(teacher.detach()).split(self.sizes, dim=1)
        pairs = zip(student, teachers, strict=True)
        return torch.stack([divergence(taught.softmax(dim=1), said) for said, taught in pairs], dim=1)

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample; student (B, C), teacher (B, S) -> (B,)."""
        return self.per_level(logits, targets).sum(dim=1)


class RangePreservingDistillation(HierarchicalDistillation):
    """HCA-d: the student's share of a coarse class is its best finest class, normalised; equations 13 and 14.

    The most likely coarse class always holds the most likely finest class, so the levels do not pull against each
    other. Computed from logits: the softmax of maxima is the normalised maximum of the softmax. Training and
    inference compute the same.

    Args:
        levels: the hierarchy, (H, C), see `counterpoise.hierarchy`.

    Raises:
        InputError: levels that are none.
    """

    def aligned(self, logits: Tensor) -> Tensor:
        """Log-probabilities of the student at all levels; (B, C) -> (B, S)."""
        pooled = max_pooled(logits.repeat(1, len(self.sizes)), self.index, sum(self.sizes))
        return torch.cat([level.log_softmax(dim=1) for level in pooled.split(self.sizes, dim=1)], dim=1)


class SummationDistillation(HierarchicalDistillation):
    """The alignment that `RangePreservingDistillation` replaces: shares of coarse classes are sums; equation 10.

    The row "sum" of the paper's table 4, from the equation: the released code takes a softmax of a softmax at each
    level anew, which may be a part of its bad numbers. Training and inference compute the same.

    Args:
        levels: the hierarchy, (H, C), see `counterpoise.hierarchy`.

    Raises:
        InputError: levels that are none.
    """

    def aligned(self, logits: Tensor) -> Tensor:
        """Log-probabilities of the student at all levels; (B, C) -> (B, S)."""
        repeated = logits.log_softmax(dim=1).repeat(1, len(self.sizes))
        return sum_pooled(repeated, self.index, sum(self.sizes))


def divergence(probabilities: Tensor, log_others: Tensor) -> Tensor:
    """``KL(p || q)`` of each row from p and log q; (B, C), (B, C) -> (B,)."""
    return F.kl_div(log_others, probabilities, reduction="none").sum(dim=1)
