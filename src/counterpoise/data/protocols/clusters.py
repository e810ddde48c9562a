"""Attributes where none are labelled: clusters of the features of a class."""

from collections.abc import Sequence

import torch
from sklearn.cluster import KMeans
from torch import Tensor

from counterpoise.counts import count_classes
from counterpoise.errors import InputError


def cluster_within_classes(
    features: Tensor,
    targets: Tensor,
    *,
    num_classes: int,
    clusters: int = 6,
    seed: int = 0,
    class_names: Sequence[str] | None = None,
) -> Tensor:
    """The cluster of each sample among those of its class, by k-means; (N, D), (N,) -> (N,) int64 from 0.

    So ImageNet-GLT finds its attributes (Tang et al., ECCV 2022), in pooled features of a trained ResNet-50. Clusters
    of two classes have nothing to do with each other. The release sets no seed; here the same one gives the same
    clusters on one machine, and class c has the seed plus c, so a class alone has the clusters that it has among
    others.

    Args:
        features: (N, D); scale them before if their lengths shall not count.
        targets: labels, (N,).
        num_classes: C; a class without samples has no clusters.
        clusters: of each class (release: 6).
        seed: of k-means, which takes the best of 10 starts (ours; scikit-learn has 1 now).
        class_names: C, by which errors name a class; by default its number.

    Raises:
        InputError: not one row for each label, a feature is not finite, or a class has fewer samples than clusters.
    """
    if features.ndim != 2 or len(features) != len(targets) or not features.isfinite().all():
        raise InputError(
            f"features must be ({len(targets)}, D) finite numbers, but {tuple(features.shape)} came; give one row "
            "for each label"
        )
    counts = count_classes(targets, num_classes)
    _require_enough(counts, clusters, class_names or range(num_classes))
    found = torch.empty_like(targets)
    for label in counts.nonzero().flatten().tolist():
        members = targets == label
        rows = features[members].cpu().double().numpy()
        fitted = KMeans(clusters, n_init=10, random_state=seed + label).fit(rows)  # pyright: ignore[reportArgumentType]
        found[members] = torch.from_numpy(fitted.labels_).to(found)
    return found


def _require_enough(counts: Tensor, clusters: int, class_names: Sequence[object]) -> None:
    if clusters < 1:
        raise InputError(f"clusters must be at least 1, but {clusters} came; ImageNet-GLT has 6")
    short = ((counts > 0) & (counts < clusters)).nonzero().flatten().tolist()
    if short:
        raise InputError(
            f"every class needs at least as many samples as clusters, {clusters}, but class "
            f"{class_names[short[0]]!r} has {int(counts[short[0]])} ({len(short)} such classes); take fewer clusters "
            "or leave them out"
        )
