"""Seesaw loss: rarer classes are pushed down less, and wrong favourites more."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from counterpoise.counts import real_counts
from counterpoise.errors import InputError
from counterpoise.losses.closed_form import at_least_float32
from counterpoise.losses.loss import Loss

CHUNK = 16
"""Rows that are weighted together, few enough to stay in the cache of a CPU."""


class SeesawLoss(Loss):
    """Cross-entropy of ``z_j + log M_yj + log C_yj`` (Wang et al., CVPR 2021).

    The mitigation factor ``M_ij = min(1, n_j / n_i)^p`` spares classes that are rarer than the true class i. The
    compensation factor ``C_ij = max(1, s_j / s_i)^q`` takes that back for a class whose softmax probability s
    exceeds that of the true class; no gradient flows through it. Both are 1 for the true class.

    The paper counts samples while it trains. Here the counts are given: with instance-balanced sampling only
    their ratios matter, and these are the ones that the running counts reach. Counts below 1 are taken as 1
    (released code). Without the objectness branch of the detector. Inference uses plain logits. The gradient is
    written down and has no gradient of its own.

    Args:
        class_counts: training samples n of each class, (C,).
        p: strength of the mitigation; 0.8 in paper and release.
        q: strength of the compensation; 2 in paper and release. With p and q 0 this is cross-entropy.
        floor: least s_i in the ratio of probabilities; 0.01 in the release, the paper has none.

    Raises:
        InputError: counts that are none, p or q is negative, or the floor is outside 0 < floor <= 1.
    """

    mass: Tensor

    def __init__(self, class_counts: Tensor, *, p: float = 0.8, q: float = 2.0, floor: float = 0.01) -> None:
        super().__init__()
        if not (p >= 0 and q >= 0):
            raise InputError(f"p and q must be 0 or more, but {p} and {q} came; the paper uses 0.8 and 2")
        if not 0 < floor <= 1:
            raise InputError(f"floor must lie in 0 < floor <= 1, but {floor} came; the release uses 0.01")
        self.q, self.floor = q, floor
        mass = real_counts(class_counts).clamp(min=1).double() ** p
        self.register_buffer(
            "mass", (mass / mass.max()).to(real_counts(class_counts).dtype), persistent=False
        )

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample; (B, C), (B,) -> (B,)."""
        full = at_least_float32(logits)
        return _Seesaw.apply(full, targets.unsqueeze(1), self.mass.to(full.dtype), self.q, self.floor)


class _Seesaw(torch.autograd.Function):
    """``log sum_j M_yj C_yj s_j - log s_y``, whose gradient is the weighted softmax less one at the true class."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, at: Tensor, mass: Tensor, q: float, floor: float) -> Tensor:
        weighted = logits.softmax(dim=1)
        log_total = logits.amax(dim=1) - weighted.amax(dim=1).log()
        for scores, true in zip(weighted.split(CHUNK), at.split(CHUNK), strict=True):
            favoured = (scores / scores.gather(1, true).clamp_(min=floor)).clamp_(min=1).pow_(q)
            scores.mul_((mass / mass[true]).clamp_(max=1)).mul_(favoured)
        total = weighted.sum(dim=1, keepdim=True)
        ctx.save_for_backward(weighted, total, at)
        return total.squeeze(1).log() + log_total - logits.gather(1, at).squeeze(1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor, None, None, None, None]:
        weighted, total, at = ctx.saved_tensors
        slope = slopes[0].unsqueeze(1)
        return (weighted * (slope / total)).scatter_add_(1, at, -slope), None, None, None, None
