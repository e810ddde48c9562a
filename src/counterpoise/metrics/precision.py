"""Accuracy and precision of generalized long tails: over all, of groups of classes, and of attributes."""

from typing import NamedTuple

import torch
from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.recall import class_hits


class AccuracyPrecision(NamedTuple):
    """Two sides of one set of predictions, each in 0 .. 1; nan where there are no samples.

    Attributes:
        accuracy: share of the samples that were recognised; on a test set with as many of each class the mean recall.
        precision: mean over the classes of the share of right answers among all that name the class.
    """

    accuracy: float
    precision: float

    @property
    def f1(self) -> float:
        """Harmonic mean of both, 0 where both are 0."""
        return 2 * self.accuracy * self.precision / max(self.accuracy + self.precision, 1e-300)


def class_precision(predictions: Tensor, targets: Tensor, num_classes: int) -> Tensor:
    """Share of right answers among those that name a class, 0 where none does; (N,), (N,) -> (C,) float64."""
    hits, _ = class_hits(predictions, targets, num_classes)
    return hits.double() / torch.bincount(predictions, minlength=num_classes).clamp(min=1)


def accuracy_precision(predictions: Tensor, targets: Tensor, num_classes: int) -> AccuracyPrecision:
    """Over all samples, as the tables of generalized long tails have them (Tang et al., ECCV 2022); (N,), (N,).

    Precision is the mean over the classes that have samples. A class that is never named counts 0.

    Args:
        predictions: classes, (N,).
        targets: labels, (N,).
        num_classes: C.

    Raises:
        InputError: predictions and targets differ in length.
    """
    return class_group_scores(predictions, targets, torch.zeros(num_classes, dtype=torch.int64), groups=1)[0]


def class_group_scores(
    predictions: Tensor, targets: Tensor, class_groups: Tensor, *, groups: int = 3
) -> list[AccuracyPrecision]:
    """The same for groups of classes: their samples and precisions, where answers are counted over the whole test set.

    Args:
        predictions: classes, (N,).
        targets: labels, (N,).
        class_groups: group of each class, (C,); see `counterpoise.data.protocols.class_groups`.
        groups: how many; 3 for many, medium and few.

    Raises:
        InputError: predictions and targets differ in length.
    """
    if predictions.shape != targets.shape:
        raise InputError(
            f"expected a prediction for each target, but {tuple(predictions.shape)} and {tuple(targets.shape)} came"
        )
    hits, samples = class_hits(predictions, targets, len(class_groups))
    precision = class_precision(predictions, targets, len(class_groups))
    scores = []
    for group in range(groups):
        inside = (class_groups == group) & (samples > 0)
        accuracy = hits[inside].sum().double() / samples[inside].sum()
        scores.append(AccuracyPrecision(accuracy.item(), precision[inside].mean().item()))
    return scores


def attribute_group_scores(
    predictions: Tensor, targets: Tensor, attributes: Tensor, num_classes: int, *, groups: int = 3
) -> list[AccuracyPrecision]:
    """The same for the samples of each attribute rank by themselves, as if they were the whole test set.

    Args:
        predictions: classes, (N,).
        targets: labels, (N,).
        attributes: rank of the attribute of each sample, (N,), from 0; see
            `counterpoise.data.protocols.attribute_ranks`.
        num_classes: C.
        groups: how many ranks.

    Raises:
        InputError: predictions, targets and attributes differ in length.
    """
    if attributes.shape != targets.shape:
        raise InputError(
            f"expected an attribute for each target, but {tuple(attributes.shape)} and {tuple(targets.shape)} came"
        )
    masks = [attributes == group for group in range(groups)]
    return [accuracy_precision(predictions[mask], targets[mask], num_classes) for mask in masks]
