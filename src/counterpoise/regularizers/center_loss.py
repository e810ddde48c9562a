"""Center loss: features close to the center of their class, whatever environment they come from."""

from collections.abc import Callable, Sequence
from typing import final

import torch
from torch import Tensor

from counterpoise.counts import count_classes
from counterpoise.distributed import sum_over_processes
from counterpoise.errors import InputError
from counterpoise.regularizers.regularizer import Regularizer

Distance = Callable[[Tensor, Tensor], Tensor]
"""Rows and the centers of their classes -> distances; (B, D), (B, D) -> (B,)."""


@final
class CenterLoss(Regularizer):
    """Mean distance of features to the center of their class; invariant feature learning (Tang et al., ECCV 2022).

    In a loop of your own: ``loss + weight * center_loss(features, targets)``, and after the optimizer's step
    ``center_loss.update(features, [(1.0, targets)])``. The paper's algorithm has moving averages of features as
    centers. Here, as in the released code, they take a step against the gradient of the loss without its weight:
    ``c_k - rate (2 / B) sum_{y_b = k} (c_k - x_b)`` for squared distances, so a center is as fast as its class is
    frequent in a batch. The features get a gradient, the centers none. Centers start from a standard normal
    distribution as released; set ``centers`` to class means to start there. With several processes all rows of the
    batch move the centers, which are the same everywhere. Training and inference compute the same, and inference
    needs none of it.

    Args:
        dim: number of features D.
        num_classes: C.
        distance: `squared_distances`, the default, or `cosine_distances`, which the released code has beside losses
            of cosines (LDAM, RIDE).
        rate: step of the centers (released code: 0.5).

    Raises:
        InputError: the rate is not above 0; when called, a label lies outside 0 .. C-1.
    """

    centers: Tensor

    def __init__(
        self, dim: int, num_classes: int, *, distance: Distance | None = None, rate: float = 0.5
    ) -> None:
        super().__init__()
        if not rate > 0:
            raise InputError(f"rate must be above 0, but {rate} came; the released code has 0.5")
        self.distance, self.rate = distance or squared_distances, rate
        self.register_buffer("centers", torch.randn(num_classes, dim))

    def forward(self, features: Tensor, targets: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The penalty; (B, D), (B,) -> ()."""
        return center_loss(features, targets, self.centers, distance=self.distance)

    @torch.no_grad()
    def update(
        self, features: Tensor, mixture: Sequence[tuple[float, Tensor]], *, share: float = 1.0
    ) -> None:
        """Move the centers by one batch.

        Args:
            features: x, (B, D).
            mixture: pairs of a share and labels (B,); ``[(1.0, targets)]`` where no targets are mixed.
            share: of the step that is taken, 0 for none.
        """
        moved = sum_over_processes(self._gradient(features.detach().to(self.centers.dtype), mixture))
        rows = sum_over_processes(self.centers.new_tensor(len(features)))
        self.centers -= share * self.rate * moved / rows.clamp(min=1)

    @torch.enable_grad()
    def _gradient(self, features: Tensor, mixture: Sequence[tuple[float, Tensor]]) -> Tensor:
        """Of the sum of the distances of these rows, with respect to the centers; (C, D)."""
        centers = self.centers.clone().requires_grad_()
        distances = [part * self.distance(features, centers[targets]) for part, targets in mixture]
        (gradient,) = torch.autograd.grad(torch.stack(distances).sum(), centers)
        return gradient


def center_loss(features: Tensor, targets: Tensor, centers: Tensor, *, distance: Distance) -> Tensor:
    """Mean distance of each row to the center of its class, with true gradients; (B, D), (B,), (C, D) -> ().

    Raises:
        InputError: a label lies outside 0 .. C-1.
    """
    count_classes(targets, len(centers))
    return distance(features, centers[targets]).mean()


def squared_distances(features: Tensor, centers: Tensor) -> Tensor:
    """``||x - c||^2``, kept in 1e-12 .. 1e12, with neither root nor half; (B, D), (B, D) -> (B,).

    As in the released code; the paper writes the distance without the square.
    """
    return (features - centers).square().sum(dim=1).clamp(1e-12, 1e12)


def cosine_distances(features: Tensor, centers: Tensor) -> Tensor:
    """``1 - cos(x, c)``, and 1 without a gradient where one of them is zero (ours); (B, D), (B, D) -> (B,)."""
    return 1 - (unit_or_zero(features) * unit_or_zero(centers)).sum(dim=1)


def unit_or_zero(rows: Tensor) -> Tensor:
    """Rows of length 1; a row of zeros stays so and gets no gradient; (B, D) -> (B, D)."""
    norms = torch.linalg.vector_norm(rows, dim=1, keepdim=True)
    return rows / torch.where(norms > 0, norms, torch.inf)
