"""Nearest class mean: no classifier at all, only the mean feature of each class."""

from collections.abc import Callable

import torch
from torch import Tensor

from counterpoise.classifiers.grouping import unit
from counterpoise.counts import count_classes
from counterpoise.errors import InputError
from counterpoise.net import Classifier

Transform = Callable[[Tensor, Tensor], Tensor]
"""Features (B, D) and the mean of the training features (D,) -> features (B, D)."""

Score = Callable[[Tensor, Tensor], Tensor]
"""Features (B, D) and class means (C, D), both transformed -> scores (B, C); more is better."""


def raw_features(features: Tensor, feature_mean: Tensor) -> Tensor:
    """Features as they are ("un" in the released code)."""
    return features


def unit_features(features: Tensor, feature_mean: Tensor) -> Tensor:
    """Features scaled to length one ("l2n"); a zero feature stays zero."""
    return unit(features)


def centered_unit_features(features: Tensor, feature_mean: Tensor) -> Tensor:
    """Features less the mean of the training features, then scaled to length one ("cl2n")."""
    return unit(features - feature_mean)


def negative_squared_distance(features: Tensor, class_means: Tensor) -> Tensor:
    """``-||x - m_c||^2`` ("l2"); (B, D), (C, D) -> (B, C)."""
    return -torch.cdist(features, class_means).square()


def mean_product(features: Tensor, class_means: Tensor) -> Tensor:
    """``<x, m_c> / D`` ("cos" in the released code, though neither length is divided out)."""
    return features @ class_means.T / features.shape[-1]


class NearestClassMean(Classifier):
    """Scores by the distance to the mean feature of each class; NCM of Kang et al., Decoupling, ICLR 2020.

    `nearest_class_mean` makes one from training features. A class without samples keeps its index and scores
    -inf (the release does not handle it, and shifts the classes behind it).

    Args:
        class_means: means of the transformed training features, not normalised again, (C, D); a row of nan is a
            class without samples.
        feature_mean: mean of the raw training features over all samples, (D,).
        transform: what is done to a feature first; `centered_unit_features` is the default of the release.
        score: how a feature is compared with the means; `negative_squared_distance` is the default of the
            release.

    Raises:
        InputError: the two means have different feature sizes.

    A rule for inference alone; nothing in it is trained.
    """

    class_means: Tensor
    feature_mean: Tensor

    def __init__(
        self,
        class_means: Tensor,
        feature_mean: Tensor,
        *,
        transform: Transform = centered_unit_features,
        score: Score = negative_squared_distance,
    ) -> None:
        super().__init__()
        if feature_mean.shape != class_means.shape[1:]:
            raise InputError(
                f"feature_mean must have the size of one class mean, {tuple(class_means.shape[1:])}, but "
                f"{tuple(feature_mean.shape)} came; take both from the same features"
            )
        self.num_classes, self.dim = class_means.shape
        self.transform, self.score = transform, score
        self.register_buffer("class_means", class_means)
        self.register_buffer("feature_mean", feature_mean)

    def forward(self, features: Tensor) -> Tensor:
        """Scores; (B, D) -> (B, C)."""
        scores = self.score(self.transform(features, self.feature_mean), self.class_means)
        return scores.masked_fill(self.class_means.isnan().any(dim=1), -torch.inf)


def nearest_class_mean(
    features: Tensor,
    targets: Tensor,
    *,
    num_classes: int,
    transform: Transform = centered_unit_features,
    score: Score = negative_squared_distance,
) -> NearestClassMean:
    """The nearest-class-mean rule of training features; the paper takes them from images without augmentation.

    Args:
        features: of the training split, (N, D).
        targets: their labels, (N,).
        num_classes: number of classes C.
        transform: see `NearestClassMean`.
        score: see `NearestClassMean`.

    Raises:
        InputError: there are no features, or a label lies outside 0 .. C-1.
    """
    if not len(features):
        raise InputError(
            "expected at least 1 feature to take means of, but none came; pass the training split"
        )
    counts, mean = count_classes(targets, num_classes), features.double().mean(dim=0).to(features)
    transformed = transform(features, mean).double()
    sums = transformed.new_zeros(num_classes, features.shape[1]).index_add_(0, targets, transformed)
    class_means = (sums / counts.unsqueeze(1)).to(features)
    return NearestClassMean(class_means, mean, transform=transform, score=score)
