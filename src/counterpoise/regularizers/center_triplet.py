"""Center triplets: a feature is to be nearer to the center of its class than to that of the class it is taken for."""

import torch
import torch.nn.functional as F
from torch import Tensor

from counterpoise.counts import count_classes
from counterpoise.errors import InputError


def center_triplet_loss(
    features: Tensor, targets: Tensor, centers: Tensor, logits: Tensor, *, margin: float = 1.0
) -> Tensor:
    """Mean of ``max(0, ||x - c_y|| - ||x - c_w|| + margin)``, w the most probable wrong class; () with gradients.

    A variant of the center loss in the release of invariant feature learning (Tang et al., ECCV 2022), off by default
    there and in no table, so no recipe has it. The norms are not squared, and the centers take true gradients: give
    them as a parameter with an optimizer of its own. The logits, which only choose w, get none.

    Args:
        features: x, (B, D).
        targets: labels y, (B,).
        centers: c, (C, D).
        logits: of the classifier, (B, C).
        margin: by which the wrong center must be farther away (released: 1).

    Raises:
        InputError: a single class, or a label outside 0 .. C-1.
    """
    if len(centers) < 2:
        raise InputError("center triplets need a wrong class, but there is one class only; leave them out")
    count_classes(targets, len(centers))
    own = F.one_hot(targets, len(centers)).bool()
    wrong = logits.masked_fill(own, -torch.inf).argmax(dim=1)
    return F.triplet_margin_loss(features, centers[targets], centers[wrong], margin=margin)
