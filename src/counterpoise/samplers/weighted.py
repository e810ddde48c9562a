"""Weighted sampling: every sample has a weight of its own."""

from collections.abc import Callable
from typing import final

import torch
from torch import Generator, Tensor

from counterpoise.errors import InputError
from counterpoise.samplers.sampler import Sampler


@final
class WeightedSampler(Sampler):
    """Draws each sample in proportion to its weight; with replacement.

    An epoch has as many visits as there are weights. `torch.utils.data.WeightedRandomSampler` does the same for up to
    2**24 samples.

    Args:
        weights: of each sample of the split, (N,), 0 for one that is never drawn.

    Raises:
        InputError: see `weighted_draws`.
    """

    def __init__(self, weights: Tensor) -> None:
        self.weights = checked_weights(weights)

    def __len__(self) -> int:
        return len(self.weights)

    def order(self, generator: Generator) -> Tensor:
        """Draws with replacement."""
        return weighted_draws(self.weights, generator)


@final
class LateWeightedSampler(Sampler):
    """Draws as `WeightedSampler`, by weights that are asked for anew when an epoch begins.

    So weights can follow what the net has learned, as the environments of invariant feature learning do (Tang et al.,
    ECCV 2022). Whoever gives the weights answers for the replay: the same epoch must get the same ones.

    Args:
        size: number of samples N.
        weights: gives the weight of each sample, (N,).

    Raises:
        InputError: there are no samples; in an epoch, see `weighted_draws`.
    """

    def __init__(self, size: int, weights: Callable[[], Tensor]) -> None:
        if size < 1:
            raise InputError(f"expected at least 1 sample to draw from, but {size} came; add samples")
        self.size, self.weights = size, weights

    def __len__(self) -> int:
        return self.size

    def order(self, generator: Generator) -> Tensor:
        """Draws with replacement, by the weights of now."""
        return weighted_draws(self.weights(), generator)


def weighted_draws(weights: Tensor, generator: Generator) -> Tensor:
    """As many positions as there are weights, each drawn in proportion to its weight; (N,) -> (N,) int64 on the CPU.

    Raises:
        InputError: not one weight for each sample, one that is negative or not finite, or none above 0.
    """
    reached = checked_weights(weights).cumsum(0)
    picks = torch.rand(len(reached), dtype=torch.float64, generator=generator)
    picks.numpy().sort()  # sorted picks are found several times as fast
    drawn = torch.searchsorted(reached / reached[-1], picks, right=True)
    return drawn.index_select(0, torch.randperm(len(drawn), generator=generator))


def checked_weights(weights: Tensor) -> Tensor:
    """Weights of samples that can be drawn by, on the CPU; (N,) -> (N,) float64."""
    found = weights.detach().cpu().double()
    if found.ndim != 1 or not bool(((found >= 0) & found.isfinite()).all()) or not found.sum() > 0:
        raise InputError(
            f"weights must be (N,) finite numbers from 0 and not all 0, but {tuple(found.shape)} with sum "
            f"{found.sum().item():.3g} came; give one weight for each sample"
        )
    return found
