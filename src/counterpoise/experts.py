"""Experts: E classifiers that answer together. Their logits stand in one tensor, (B, E * C), expert after expert."""

import torch
from torch import Tensor

from counterpoise.errors import InputError


def unpacked(outputs: Tensor, experts: int) -> Tensor:
    """Logits by expert; (B, E * C) -> (B, E, C).

    Raises:
        InputError: no equal shares for so many experts.
    """
    if experts < 1 or outputs.ndim != 2 or outputs.shape[1] % experts:
        raise InputError(
            f"expected the outputs of {experts} experts, (B, {experts} * C), but {tuple(outputs.shape)} came; train "
            "with a classifier of as many experts"
        )
    return outputs.unflatten(1, (experts, -1))


def running_means(logits: Tensor) -> Tensor:
    """What the first 1, 2 .. E experts say together, the mean of their logits; (B, E, C) -> (B, E, C)."""
    numbers = torch.arange(1, logits.shape[1] + 1, dtype=logits.dtype, device=logits.device)
    return logits.cumsum(dim=1) / numbers.unsqueeze(1)
