"""DenseWeight: rare targets weigh more, by the density of the targets."""

import math

import torch
from torch import Tensor

from counterpoise.errors import InputError

CHUNK = 1024


class DenseWeight:
    """Weights ``max(1 - alpha p'(y), floor)`` over their mean in training (Steininger et al., Machine Learning 2021).

    p' is the Gaussian kernel density of the training targets, scaled so that it is 0 at the rarest training target and
    1 at the commonest. Equal targets are counted once, so whole-numbered targets are quick. The density is exact,
    where the released code takes the left neighbour on a grid of 4096 points; weights differ by about 1e-2.

    Args:
        targets: training targets y, (N,).
        alpha: strength; 0 weighs all the same, at 1 (default of the paper) the commonest weigh next to nothing, above
            1 more and more targets do.
        floor: the smallest weight before scaling (released code: 1e-6).

    Raises:
        InputError: no targets, not one number for each sample, a negative alpha, or a floor that is not above 0.
    """

    def __init__(self, targets: Tensor, *, alpha: float = 1.0, floor: float = 1e-6) -> None:
        if targets.ndim != 1 or not len(targets) or not targets.isfinite().all():
            raise InputError(f"targets must be (N,) finite numbers, but {tuple(targets.shape)} came")
        if not (alpha >= 0 and floor > 0):
            raise InputError(
                f"alpha must be 0 or more and the floor above 0, but {alpha} and {floor} came; the paper has 1 and 1e-6"
            )
        self.alpha, self.floor = alpha, floor
        self.points, inverse, self.counts = targets.double().unique(return_inverse=True, return_counts=True)
        self.bandwidth = 1.06 * targets.double().std(correction=0).item() * len(targets) ** -0.2
        densities = self.density(self.points)
        self.lowest, self.highest = densities.min(), densities.max()
        self.mean = self._unscaled(self.points)[inverse].mean()

    def density(self, targets: Tensor) -> Tensor:
        """Kernel density, with Silverman's bandwidth ``1.06 std n^(-1/5)``; (M,) -> (M,) float64.

        Constant training targets have no width; their density is 1 everywhere (ours).
        """
        if not self.bandwidth:
            return torch.ones_like(targets, dtype=torch.float64)
        parts = [self._sums(part) for part in targets.double().split(CHUNK)]
        height = self.counts.sum().item() * self.bandwidth * math.sqrt(2 * math.pi)
        return torch.cat(parts) / height

    def normalized_density(self, targets: Tensor) -> Tensor:
        """The density between the rarest training target, 0, and the commonest, 1; (M,) -> (M,) float64."""
        span = (self.highest - self.lowest).clamp(min=torch.finfo(torch.float64).tiny)
        return ((self.density(targets) - self.lowest) / span).clamp(0, 1)

    def __call__(self, targets: Tensor) -> Tensor:
        """Weights of any targets; those of the training targets have the mean 1; (M,) -> (M,) float64."""
        return self._unscaled(targets) / self.mean

    def _sums(self, targets: Tensor) -> Tensor:
        offsets = (targets.unsqueeze(1) - self.points) / self.bandwidth
        return torch.exp(-offsets.square() / 2) @ self.counts.double()

    def _unscaled(self, targets: Tensor) -> Tensor:
        return (1 - self.alpha * self.normalized_density(targets)).clamp(min=self.floor)
