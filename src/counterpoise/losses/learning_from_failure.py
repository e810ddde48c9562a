"""Learning from failure: what a biased net finds hard, another net learns first."""

import torch
import torch.nn.functional as F
from torch import Tensor


def failure_weights(biased: Tensor, debiased: Tensor) -> Tensor:
    """``b / (b + d + 1e-8)``, the weight of each sample for the debiased net of LfF (Nam et al., NeurIPS 2020).

    In the paper b and d are running losses of each sample over the largest of its class, see
    `counterpoise.trackers.LossMemory`. No gradient flows through the weights.

    Args:
        biased: losses b of the biased net, (B,), from 0.
        debiased: losses d of the debiased net, (B,), from 0.

    Returns:
        (B,), in 0 .. 1.
    """
    b, d = biased.detach(), debiased.detach()
    return b / (b + d + 1e-8)


def released_failure_weights(biased: Tensor, debiased: Tensor, targets: Tensor) -> Tensor:
    """`failure_weights` of the cross-entropies of this batch; (B, C), (B, C), (B,) -> (B,).

    The simplification in the released code of invariant feature learning (Tang et al., ECCV 2022): neither a memory of
    the losses nor a division by the largest of the class.
    """
    losses = [F.cross_entropy(logits, targets, reduction="none") for logits in (biased, debiased)]
    return failure_weights(*losses)


def failure_weighted_loss(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """``mean_b w_b ce_b``, the loss of the debiased net, not divided by the weights; (B, C), (B,), (B,) -> ()."""
    return torch.mean(weights * F.cross_entropy(logits, targets, reduction="none"))
