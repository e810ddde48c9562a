"""Ranks of attributes: from the most frequent of a class to the rarest."""

import torch
from torch import Tensor

from counterpoise.errors import InputError


def cluster_ranks(targets: Tensor, clusters: Tensor) -> Tensor:
    """Rank of each sample's cluster by size in its class, 0 for the largest; (N,), (N,) -> (N,) int64.

    Of clusters of one size the one with the smaller number comes first.
    """
    sizes = _table(targets, clusters)
    order = sizes.argsort(dim=1, descending=True, stable=True)
    return order.argsort(dim=1)[targets, clusters]


def attribute_ranks(targets: Tensor, clusters: Tensor, *, groups: int = 3) -> Tensor:
    """Attribute of each sample: 0 many, 1 medium, 2 few; (N,), (N,) -> (N,) int64.

    The clusters of a class, by falling size, are joined to as many groups: with 6 clusters and 3 groups in pairs, as
    in ImageNet-GLT (Tang et al., ECCV 2022). Labelled attributes, one for each sample, may stand for clusters.

    Args:
        targets: labels, (N,).
        clusters: of each sample in its class, (N,), from 0.
        groups: A.

    Raises:
        InputError: fewer clusters than groups.
    """
    count = int(clusters.max()) + 1 if len(clusters) else 0
    if not 1 <= groups <= count:
        raise InputError(
            f"expected at least as many clusters as groups, but {count} and {groups} came; take more clusters or "
            "fewer groups"
        )
    return cluster_ranks(targets, clusters) * groups // count


def order_by_rank(targets: Tensor, clusters: Tensor) -> Tensor:
    """All positions, those of larger clusters of a class first; (N,), (N,) -> (N,).

    The release of ImageNet-GLT takes images in this order, so a small choice from a group comes from its larger
    cluster alone. `shuffled_order` takes them from both.
    """
    return cluster_ranks(targets, clusters).argsort(stable=True)


def shuffled_order(size: int, *, seed: int) -> Tensor:
    """All positions in random order; (size,)."""
    return torch.randperm(size, generator=torch.Generator().manual_seed(seed))


def _table(targets: Tensor, clusters: Tensor) -> Tensor:
    """Samples of each cluster of each class; (C, K)."""
    if (
        targets.shape != clusters.shape
        or not len(targets)
        or min(int(targets.min()), int(clusters.min())) < 0
    ):
        raise InputError(
            f"expected a label and a cluster from 0 for each sample, but {tuple(targets.shape)} and "
            f"{tuple(clusters.shape)} came, or none, or negative ones"
        )
    classes, count = int(targets.max()) + 1, int(clusters.max()) + 1
    return torch.bincount(targets * count + clusters, minlength=classes * count).view(classes, count)
