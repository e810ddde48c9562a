"""Inverse softmax: cross-entropy that answers for a long tail turned around."""

import torch
from torch import Tensor

from counterpoise.counts import real_counts
from counterpoise.errors import InputError
from counterpoise.losses.closed_form import closed_form_cross_entropy
from counterpoise.losses.loss import Loss

SMALLEST = 1e-9
"""Added to every share before its logarithm (release)."""


class InverseSoftmaxLoss(Loss):
    """Cross-entropy of ``z + log prior - tau * log inverse prior`` (SADE; Zhang et al., NeurIPS 2022).

    It trains an expert for data whose rare classes are the frequent ones: plain logits then answer for a class mix that
    leans to `inverse_prior`, the more the larger tau is. With tau 0 it is balanced softmax with the release's 1e-9 in
    the logarithm, the loss of the second expert; on balanced data it is plain cross-entropy. Inference uses plain
    logits.

    Args:
        class_counts: training samples of each class, (C,).
        tau: strength, lambda in the paper (2 on CIFAR100-LT and ImageNet-LT, 1 on iNaturalist and Places-LT).

    Raises:
        InputError: counts that are none, or tau is negative.
    """

    adjustment: Tensor

    def __init__(self, class_counts: Tensor, *, tau: float = 2.0) -> None:
        super().__init__()
        if not tau >= 0:
            raise InputError(f"tau must be 0 or more, but {tau} came; the paper uses 2 or 1")
        counts = real_counts(class_counts)
        prior = counts / counts.sum()
        adjustment = (prior + SMALLEST).log() - tau * (inverse_prior(prior) + SMALLEST).log()
        self.register_buffer("adjustment", adjustment, persistent=False)

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample; (B, C), (B,) -> (B,)."""
        return closed_form_cross_entropy(logits + self.adjustment, targets)


def inverse_prior(prior: Tensor) -> Tensor:
    """Shares in turned ranks: the rarest class gets the largest share, and so on; (C,) -> (C,).

    Of equal shares the class with the lower number counts as the rarer one, where the release leaves it open.
    """
    shares, order = prior.sort(stable=True)
    turned = torch.empty_like(prior)
    turned[order] = shares.flip(0)
    return turned
