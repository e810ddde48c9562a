"""Amplified cross-entropy: what is easy for a net shall become easier still."""

import torch.nn.functional as F
from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.losses.loss import Loss


class AmplifiedCrossEntropy(Loss):
    """Loss ``q p_y^q ce`` without gradient through the factor: trains the biased net of LfF (Nam et al., NeurIPS 2020).

    Its gradient is q times that of `GeneralizedCrossEntropy`, which the paper writes; the factor q and the value are
    the released code's. Training and inference compute the same.

    Args:
        q: in 0 < q <= 1, how much easy samples are favoured (paper and released code: 0.7).

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
        return self.q * (-self.q * ce.detach()).exp() * ce
