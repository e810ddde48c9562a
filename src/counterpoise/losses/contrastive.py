"""Contrastive and siamese costs: two views of one sample shall have the same features."""

import torch
import torch.nn.functional as F
from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.losses.closed_form import at_least_float32
from counterpoise.losses.loss import Loss


class NegativeCosine(Loss):
    """The cost ``-cos(p, z)`` without gradient to z; SimSiam (Chen, He, CVPR 2021, equation 1).

    Takes the projection z of the other view, (B, D), in place of labels. Training and inference compute the same.
    """

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Cost of each sample; predictions (B, D), projections (B, D) -> (B,)."""
        return -F.cosine_similarity(at_least_float32(logits), at_least_float32(targets.detach()), dim=1)


def contrastive_logits(queries: Tensor, keys: Tensor, queue: Tensor, *, temperature: float) -> Tensor:
    """``[q . k, q . queue] / T``: class 0 is the sample's own key (MoCo; He et al., CVPR 2020, equation 1).

    The loss is the cross-entropy with class 0 for every row. Keys and queue get no gradient.

    Args:
        queries: unit rows, (B, D).
        keys: unit rows of the other views, (B, D).
        queue: unit rows of earlier samples, (K, D).
        temperature: T (MoCo v1: 0.07; v2: 0.2).

    Returns:
        (B, 1 + K).

    Raises:
        InputError: a temperature that is not above 0.
    """
    if not temperature > 0:
        raise InputError(f"the temperature must be above 0, but {temperature} came; MoCo v2 has 0.2")
    own = (queries * keys.detach()).sum(dim=1, keepdim=True)
    return torch.cat([own, queries @ queue.detach().T], dim=1) / temperature
