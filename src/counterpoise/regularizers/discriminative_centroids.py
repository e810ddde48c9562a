"""Discriminative centroids: features close to the centroid of their class, and far from all others."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from counterpoise.counts import count_classes
from counterpoise.distributed import sum_over_processes
from counterpoise.errors import InputError
from counterpoise.regularizers.regularizer import Regularizer


class DiscriminativeCentroidLoss(Regularizer):
    """Attraction to the own centroid plus weighed repulsion from the others; OLTR (Liu et al., CVPR 2019).

    The centroids are a parameter of the net, mostly `MetaEmbeddingClassifier.centroids`, and are trained by this
    loss alone. In a loop of your own: ``loss + 0.01 * centroid_loss(x, targets, classifier.centroids)``; the
    weight 0.01 is the release's. See `attraction` and `repulsion` for the formulas, and for why several processes
    compute what one does. Training and inference compute the same.

    Args:
        margin: mean squared distance to other centroids from which there is no repulsion (released code: 10).
        repel_weight: weight of the repulsion beside the attraction (released code: 0.01).

    Raises:
        InputError: a negative margin or weight.
    """

    def __init__(self, *, margin: float = 10.0, repel_weight: float = 0.01) -> None:
        super().__init__()
        if not (margin >= 0 and repel_weight >= 0):
            raise InputError(
                f"margin and repel_weight must be 0 or more, but {margin} and {repel_weight} came; the released "
                "code has 10 and 0.01"
            )
        self.margin, self.repel_weight = margin, repel_weight

    def forward(self, features: Tensor, targets: Tensor, centroids: Tensor) -> Tensor:
        """The penalty; (B, D), (B,), (C, D) -> ()."""
        repelled = repulsion(features, targets, centroids, margin=self.margin)
        return attraction(features, targets, centroids) + self.repel_weight * repelled


def attraction(features: Tensor, targets: Tensor, centroids: Tensor) -> Tensor:
    """``sum_b ||x_b - c_y||^2 / (2 B)``, where the gradient of a centroid does not grow with its class.

    As in the released code a centroid gets ``sum_{b in j} (c_j - x_b) / (1 + n_j) / B``, with n_j samples of its
    class in the batch, in place of the true gradient without the divisor 1 + n_j. It is scaled by what comes from
    above, as every gradient is. Features get the true gradient. With several processes n_j counts the whole batch;
    B is that of the process, as in a mean cross-entropy.

    Args:
        features: x, (B, D).
        targets: labels y, (B,).
        centroids: c, (C, D).

    Raises:
        InputError: a label lies outside 0 .. C-1.
    """
    counts = sum_over_processes(count_classes(targets, len(centroids)))
    return _Attraction.apply(features, targets, centroids, counts)  # pyright: ignore[reportReturnType]


class _Attraction(torch.autograd.Function):
    """Half the mean squared distance to the own centroid, with the gradient that `attraction` describes."""

    @staticmethod
    def forward(ctx: Any, features: Tensor, targets: Tensor, centroids: Tensor, counts: Tensor) -> Tensor:
        offsets = features - centroids[targets]
        ctx.save_for_backward(offsets, targets, counts)
        return offsets.square().sum() / (2 * len(features))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, Tensor, None]:
        offsets, targets, counts = ctx.saved_tensors
        pull = offsets * (gradient / len(offsets))
        per_class = pull.new_zeros(len(counts), pull.shape[1]).index_add_(0, targets, -pull)
        return pull, None, per_class / (1 + counts).unsqueeze(1), None


def repulsion(features: Tensor, targets: Tensor, centroids: Tensor, *, margin: float) -> Tensor:
    """``max(0, margin - sum_b sum_{j != y} ||x_b - c_j||^2 / (B C))``.

    The divisor is B C, though B (C - 1) distances are added, as in the released code. With several processes the
    mean of the whole batch decides whether there is a repulsion at all, and each gives its own rows' share of it.

    Args:
        features: x, (B, D).
        targets: labels y, (B,).
        centroids: c, (C, D).
        margin: mean squared distance from which the repulsion is 0.
    """
    squares = torch.cdist(features, centroids).square()
    apart = squares.scatter(1, targets.unsqueeze(1), 0.0).sum()
    pairs = apart.new_tensor(float(squares.numel()))
    whole, all_pairs = sum_over_processes(torch.stack([apart.detach(), pairs]))
    return torch.where(whole < margin * all_pairs, margin - apart / pairs, 0.0)
