"""Equalization loss for classification: most of the time, other samples do not push rare classes down."""

import math

import torch
from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.losses.closed_form import at_least_float32, closed_form_cross_entropy
from counterpoise.losses.equalization import rare_classes
from counterpoise.losses.loss import Loss


class SoftmaxEqualizationLoss(Loss):
    """Cross-entropy with ``p_j = e^{z_j} / sum_k w_k e^{z_k}`` (Tan et al., CVPR 2020, section 4.3).

    The weight ``w_k = 1 - b * [k is rare] * [k is not the true class]`` has a coin b that is 1 with probability
    gamma. It is tossed for each class of each sample anew; the paper does not say how often, so this is ours,
    like the threshold, which it tunes. There is no released code for it.

    In training the coins come from torch's own generator, like those of dropout. In evaluation mode nothing is
    random: each weight is its mean, ``1 - gamma`` for the others that are rare. Predictions use plain logits.

    Args:
        class_frequencies: share of the training samples that each class has, (C,), in 0 .. 1.
        threshold: a class is rare below it; chosen such that the few-shot classes are rare.
        gamma: how likely a rare class is left out, rounded up to a multiple of 2^-16; around 0.9 in the paper.

    Raises:
        InputError: frequencies that are not (C,) shares, or gamma is outside 0 < gamma <= 1.
    """

    rare: Tensor

    def __init__(self, class_frequencies: Tensor, *, threshold: float, gamma: float = 0.9) -> None:
        super().__init__()
        if not 0 < gamma <= 1:
            raise InputError(f"gamma must lie in 0 < gamma <= 1, but {gamma} came; the paper uses about 0.9")
        self.gamma = gamma
        rare = rare_classes(class_frequencies, threshold=threshold).nonzero().squeeze(1)
        self.register_buffer("rare", rare, persistent=False)

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample; (B, C), (B,) -> (B,)."""
        others = self.rare != targets.unsqueeze(1)
        heard = math.log1p(-self.gamma) if self.gamma < 1 else -math.inf
        if self.training:
            others, heard = others & self.tossed(others), -math.inf
        full = at_least_float32(logits)
        log_weights = torch.where(others, full.new_tensor(heard), 0.0)
        return closed_form_cross_entropy(full.index_add(1, self.rare, log_weights), targets)

    def tossed(self, like: Tensor) -> Tensor:
        """A coin for each place, true with probability gamma; four of them in each random number."""
        numbers = torch.empty(-(-like.numel() // 4), dtype=torch.int64, device=like.device)
        coins = numbers.random_(-(2**63), None).view(torch.int16)[: like.numel()]
        return coins.view(like.shape) <= math.ceil(self.gamma * 2**16) - 2**15 - 1
