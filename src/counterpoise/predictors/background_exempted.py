"""Background exemption: remove the pull of the head among the foreground classes only."""

import torch
from torch import Tensor


def background_exempted(
    total_logits: Tensor, direct_logits: Tensor, *, background: int, epsilon: float = 1e-10
) -> Tensor:
    """Class probabilities of a detector, Tang et al., NeurIPS 2020, eq. 9.

    The background keeps its probability p under the total effect; the rest of the mass is shared among the
    foreground classes in the proportions q of the direct effect:
    ``out_i = (sum_fg p) * (q_i + 1e-10) / (sum_fg q + 1e-10)``.

    Args:
        total_logits: the classifier's own logits, (B, C + 1).
        direct_logits: logits of `TotalDirectEffect`, (B, C + 1).
        background: index of the background; 0 in the LVIS 0.5 release, the last one in LVIS 1.0. Negative
            indices count from the end.
        epsilon: keeps the division finite (released code: 1e-10; not in the paper). Where the direct effect
            leaves the foreground less mass than that, the result does not sum to 1, as in the release.

    Returns:
        Probabilities, (B, C + 1). They are final: the release applies a second softmax when it decodes boxes.
    """
    total, direct = total_logits.softmax(dim=-1), direct_logits.softmax(dim=-1)
    is_background = torch.zeros(total.shape[-1], dtype=torch.bool, device=total.device)
    is_background[background] = True
    foreground_mass = total.masked_fill(is_background, 0).sum(dim=-1, keepdim=True)
    direct_mass = direct.masked_fill(is_background, 0).sum(dim=-1, keepdim=True)
    return torch.where(is_background, total, foreground_mass * (direct + epsilon) / (direct_mass + epsilon))
