"""Mixup and CutMix: each sample of a batch is mixed with another one, and so are their targets."""

import math
from dataclasses import replace
from typing import final

import torch
from torch import Tensor
from torch.distributions import Beta

from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.steps.step import Seen, Step

Mixture = tuple[tuple[float, Tensor], ...]
Box = tuple[slice, slice]
SMALLEST_ALPHA = 0.01


@final
class Mixup(Step):
    """Each input becomes a weighted mean of itself and another one of the batch (Zhang et al., ICLR 2018).

    ``x = lam * x1 + (1 - lam) * x2``, with one share ``lam ~ Beta(alpha, alpha)`` per batch and a random
    permutation of the batch for ``x2``. The loss becomes ``lam * loss(y1) + (1 - lam) * loss(y2)``: a loss that
    weighs by class, or sets margins by class, does so for each of the two targets by itself.

    It stands before "encode" and takes part in training only. Later steps see the mixed inputs and their
    features; ``index`` names the first sample of each pair. The random numbers come from torch's global CPU
    generator, which the engine seeds for each epoch. Among several processes each mixes its own rows.

    Args:
        alpha: at least 0.01; small values leave one sample dominant, 1 makes all shares equally likely. 1.0 is
            common on CIFAR and 0.2 on ImageNet. What the Mixup row of the long-tail tables used is not
            published; 1.0 is a guess.

    Raises:
        InputError: ``alpha`` is out of range; when called, the inputs are not floating point.
    """

    def __init__(self, alpha: float) -> None:
        super().__init__()
        self.alpha = drawable(alpha)

    def forward(self, net: Net, seen: Seen) -> Seen:
        """Inputs (B, ...) of any shape, and the mixture."""
        if not seen.inputs.is_floating_point():
            raise InputError(
                f"mixup expects floating-point inputs, but {seen.inputs.dtype} came; convert them before"
            )
        share, order = drawn(self.alpha, seen.inputs)
        inputs = torch.lerp(seen.inputs[order], seen.inputs, share)
        return replace(seen, inputs=inputs, mixture=mixed(seen.mixture, share, order))


@final
class CutMix(Step):
    """Each image gets a rectangle of another one of the batch pasted in (Yun et al., ICCV 2019).

    With ``lam ~ Beta(alpha, alpha)`` the rectangle has sides of ``sqrt(1 - lam)`` of the image's, around a centre
    that is uniform over its pixels; what would lie outside is cut off. The share of the first target is that of
    the pixels left of the first image. There is one rectangle and one permutation per batch. All else is as in
    `Mixup`.

    Args:
        alpha: at least 0.01; 1.0 in the paper. Its released code mixes half of the batches on CIFAR and all of
            them on ImageNet; here all are mixed.

    Raises:
        InputError: ``alpha`` is out of range; when called, the inputs are not (B, C, H, W).
    """

    def __init__(self, alpha: float) -> None:
        super().__init__()
        self.alpha = drawable(alpha)

    def forward(self, net: Net, seen: Seen) -> Seen:
        """Inputs (B, C, H, W), and the mixture."""
        if seen.inputs.ndim != 4:
            raise InputError(
                f"cutmix expects images as (B, C, H, W), but inputs of shape {tuple(seen.inputs.shape)} came; "
                "mixup takes any shape"
            )
        share, order = drawn(self.alpha, seen.inputs)
        height, width = seen.inputs.shape[-2:]
        rows, columns = drawn_box(share, height, width)
        inputs = seen.inputs.clone()
        inputs[..., rows, columns] = seen.inputs[..., rows, columns][order]
        pasted = (rows.stop - rows.start) * (columns.stop - columns.start)
        left = 1 - pasted / (height * width)
        return replace(seen, inputs=inputs, mixture=mixed(seen.mixture, left, order))


def drawable(alpha: float) -> float:
    """Refuse a parameter for which Beta(alpha, alpha) does not exist or its draws would underflow."""
    if not SMALLEST_ALPHA <= alpha < math.inf:
        raise InputError(f"alpha must be a number of at least {SMALLEST_ALPHA}, but {alpha} came")
    return alpha


def drawn(alpha: float, inputs: Tensor) -> tuple[float, Tensor]:
    """A share from Beta(alpha, alpha), and a permutation (B,) of the rows on their device."""
    concentration = torch.tensor(alpha, dtype=torch.float64)
    share = Beta(concentration, concentration).sample().item()
    return share, torch.randperm(len(inputs)).to(inputs.device)


def drawn_box(share: float, height: int, width: int) -> Box:
    """Rows and columns of a random rectangle that leaves about ``share`` of an image; the border clips it."""
    side = math.sqrt(1 - share)
    return drawn_range(int(height * side), height), drawn_range(int(width * side), width)


def drawn_range(length: int, size: int) -> slice:
    """``length`` positions around a random one of ``size``, clipped; an odd length counts as one less."""
    centre, half = int(torch.randint(size, ())), length // 2
    return slice(max(centre - half, 0), min(centre + half, size))


def mixed(mixture: Mixture, share: float, order: Tensor) -> Mixture:
    """Every target twice: its own row for ``share``, the row that was mixed in for the rest."""
    own = tuple((share * part, targets) for part, targets in mixture)
    other = tuple(((1 - share) * part, targets[order]) for part, targets in mixture)
    return own + other
