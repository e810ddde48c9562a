"""Generalized cross-entropy: robust to wrong labels."""

import torch
import torch.nn.functional as F
from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.losses.loss import Loss


class GeneralizedCrossEntropy(Loss):
    """Loss ``(1 - p_y^q) / q``, between cross-entropy and absolute error (Zhang, Sabuncu, NeurIPS 2018).

    Training and inference compute the same.

    Args:
        q: in 0 < q <= 1; towards 0 it is cross-entropy, 1 is ``1 - p_y``, half the absolute error. 0.7 is the
            paper's.

    Raises:
        InputError: q outside 0 < q <= 1.
    """

    def __init__(self, *, q: float = 0.7) -> None:
        super().__init__()
        if not 0 < q <= 1:
            raise InputError(f"q must lie in 0 < q <= 1, but {q} came; the paper uses 0.7")
        self.q = q

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample; (B, C), (B,) -> (B,)."""
        ce = F.cross_entropy(logits, targets, reduction="none")
        return -torch.expm1(-self.q * ce) / self.q
