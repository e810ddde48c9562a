"""How likely each class is to be drawn, as pure functions of the class counts.

All give (C,) float64 that sums to 1. A class without samples has probability 0.
"""

import torch
from torch import Tensor

from counterpoise.counts import effective_number_weights


def power_probabilities(class_counts: Tensor, power: float) -> Tensor:
    """``p_c ~ n_c ** power`` of Kang et al., Decoupling, ICLR 2020; (C,) -> (C,).

    Power 1 is instance-balanced, 1/2 square-root, 0 class-balanced sampling.
    """
    return shares(class_counts.double().pow(power), class_counts)


def progressive_probabilities(class_counts: Tensor, progress: float) -> Tensor:
    """``(1 - t) * instance-balanced + t * class-balanced`` of Decoupling; (C,) -> (C,).

    ``progress`` is t: 0 at the start of training, 1 at its end.
    """
    instance, balanced = power_probabilities(class_counts, 1), power_probabilities(class_counts, 0)
    return (1 - progress) * instance + progress * balanced


def reversed_weights(class_counts: Tensor) -> Tensor:
    """``n_max / n_c`` of BBN (Zhou et al., CVPR 2020), 0 for a class without samples; (C,) -> (C,) float64."""
    return torch.where(class_counts > 0, class_counts.max() / class_counts.double(), 0)


def reversed_probabilities(class_counts: Tensor) -> Tensor:
    """``p_c ~ n_max / n_c``, the reversed sampling of BBN's re-balancing branch; (C,) -> (C,)."""
    return shares(reversed_weights(class_counts), class_counts)


def effective_number_probabilities(class_counts: Tensor, beta: float) -> Tensor:
    """``p_c ~ n_c * (1 - beta) / (1 - beta ** n_c)``: samples weighted by one over the effective number; (C,) -> (C,).

    Effective numbers are those of Cui et al., CVPR 2019. Beta 0 is instance-balanced; towards 1 it becomes
    class-balanced.

    Raises:
        InputError: beta lies outside 0 <= beta < 1.
    """
    counts = class_counts.double()
    return shares(counts * effective_number_weights(counts, beta=beta), class_counts)


def shares(weights: Tensor, class_counts: Tensor) -> Tensor:
    """Weights scaled to sum 1, with 0 where a class has no samples; (C,), (C,) -> (C,)."""
    held = torch.where(class_counts > 0, weights, 0)
    return held / held.sum()
