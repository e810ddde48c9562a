"""Channel groups and the norms used inside them."""

from typing import Any

import torch
from torch import Tensor

from counterpoise.errors import InputError


def check_groups(dim: int, groups: int) -> None:
    """Refuse a feature size that cannot be cut into equal contiguous groups.

    Raises:
        InputError: ``groups`` is below 1 or does not divide ``dim``.
    """
    if groups < 1 or dim % groups:
        raise InputError(
            f"groups must be a positive divisor of the feature size, but came groups={groups} for "
            f"{dim} features; choose groups from the divisors of {dim}"
        )


def split_groups(vectors: Tensor, groups: int) -> Tensor:
    """Cut the last axis into K equal contiguous groups; (..., D) -> (..., K, D/K)."""
    return vectors.unflatten(-1, (groups, -1))


def length(vectors: Tensor) -> Tensor:
    """L2 norm over the last axis, which stays with size 1."""
    return torch.linalg.vector_norm(vectors, dim=-1, keepdim=True)


def divided(vectors: Tensor, by: Tensor) -> Tensor:
    """``vectors / by``, and zero (with zero gradient) where the divisor is zero."""
    return vectors / by.masked_fill(by == 0, torch.inf)


def unit(vectors: Tensor, *, scale: float = 1) -> Tensor:
    """Scale to L2 norm 1, or another, over the last axis; a zero vector stays zero, with zero gradient."""
    return shortened(vectors, scale=scale)


def squashed(vectors: Tensor) -> Tensor:
    """``x / (1 + ||x||)`` over the last axis: the direction stays, the length comes below 1."""
    return shortened(vectors, 1)


def shortened(vectors: Tensor, plus: float = 0, *, scale: float = 1) -> Tensor:
    """``scale * x / (||x|| + plus)`` over the last axis; a zero vector stays zero.

    Where a gradient is wanted it is written down instead of recorded: a matrix of weights is passed over four times
    instead of twelve. A gradient of the gradient works too.
    """
    if torch.is_grad_enabled() and vectors.requires_grad:
        return _Shortened.apply(vectors, plus, scale)
    return divided(vectors, (length(vectors) + plus) / scale)


class _Shortened(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, vectors: Tensor, plus: float, scale: float) -> Tensor:
        lengths = length(vectors)
        ctx.save_for_backward(vectors, lengths)
        ctx.plus, ctx.scale = plus, scale
        return divided(vectors, (lengths + plus) / scale)

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor, None, None]:
        vectors, lengths = ctx.saved_tensors
        if torch.is_grad_enabled():  # someone wants the gradient of this gradient
            lengths = length(vectors)
        by, slope = (lengths + ctx.plus) / ctx.scale, slopes[0]
        along = torch.linalg.vecdot(slope, vectors).unsqueeze(-1)
        pull = divided(along, by * by * ctx.scale * lengths)
        return divided(slope, by).addcmul_(vectors, pull, value=-1), None, None
