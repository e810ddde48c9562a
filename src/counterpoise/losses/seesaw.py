"""Seesaw loss: rarer classes are pushed down less, and wrong favourites more."""

import math

import torch
from torch import Tensor

from counterpoise.counts import real_counts
from counterpoise.errors import InputError
from counterpoise.losses.closed_form import at_least_float32, closed_form_cross_entropy
from counterpoise.losses.loss import Loss


class SeesawLoss(Loss):
    """Cross-entropy of ``z_j + log M_yj + log C_yj`` (Wang et al., CVPR 2021).

    The mitigation factor ``M_ij = min(1, n_j / n_i)^p`` spares classes that are rarer than the true class i. The
    compensation factor ``C_ij = max(1, s_j / s_i)^q`` takes that back for a class whose softmax probability s
    exceeds that of the true class; no gradient flows through it. Both are 1 for the true class.

    The paper counts samples while it trains. Here the counts are given: with instance-balanced sampling only
    their ratios matter, and these are the ones that the running counts reach. Counts below 1 are taken as 1
    (released code). Without the objectness branch of the detector. Inference uses plain logits.

    Args:
        class_counts: training samples n of each class, (C,).
        p: strength of the mitigation; 0.8 in paper and release.
        q: strength of the compensation; 2 in paper and release. With p and q 0 this is cross-entropy.
        floor: least s_i in the ratio of probabilities; 0.01 in the release, the paper has none.

    Raises:
        InputError: counts that are none, p or q is negative, or the floor is outside 0 < floor <= 1.
    """

    log_counts: Tensor

    def __init__(self, class_counts: Tensor, *, p: float = 0.8, q: float = 2.0, floor: float = 0.01) -> None:
        super().__init__()
        if not (p >= 0 and q >= 0):
            raise InputError(f"p and q must be 0 or more, but {p} and {q} came; the paper uses 0.8 and 2")
        if not 0 < floor <= 1:
            raise InputError(f"floor must lie in 0 < floor <= 1, but {floor} came; the release uses 0.01")
        self.p, self.q, self.floor = p, q, floor
        log_counts = real_counts(class_counts).clamp(min=1).log()
        self.register_buffer("log_counts", log_counts, persistent=False)

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample; (B, C), (B,) -> (B,)."""
        full = at_least_float32(logits)
        favoured = self.favoured(full.detach(), targets)
        raised = full.add(favoured, alpha=self.q)
        outnumbered = self.outnumbered(targets, memory=favoured)
        return closed_form_cross_entropy(raised.add_(outnumbered, alpha=self.p), targets)

    def outnumbered(self, targets: Tensor, *, memory: Tensor | None = None) -> Tensor:
        """``min(log n_j, log n_y)``: log M over p, up to a constant of the row; (B,) -> (B, C)."""
        return torch.minimum(self.log_counts, self.log_counts[targets].unsqueeze(1), out=memory)

    def favoured(self, logits: Tensor, targets: Tensor) -> Tensor:
        """``max(log s_j, log s_y)``: log C over q, up to a constant of the row; (B, C), (B,) -> (B, C)."""
        log_scores = logits.log_softmax(dim=1)
        own = log_scores.gather(1, targets.unsqueeze(1)).clamp_(min=math.log(self.floor))
        return log_scores.clamp_(min=own)
