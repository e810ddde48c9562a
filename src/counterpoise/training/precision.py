"""Accuracy and precision of groups of classes, and of samples with one attribute."""

from typing import Any

import torch
from torch import Tensor

from counterpoise.data.sources.multi_label import in_order
from counterpoise.metrics.precision import (
    AccuracyPrecision,
    accuracy_precision,
    attribute_group_scores,
    class_group_scores,
)
from counterpoise.metrics.shots import ShotGroups

GROUPS = ("many", "medium", "few")


def precision_by_group(
    predictions: Tensor, targets: Tensor, groups: ShotGroups, attributes: tuple[str, ...] | None
) -> dict[str, Any]:
    """Both scores as the tables of generalized long tails have them (Tang et al., ECCV 2022); (N,), (N,).

    Accuracy is over samples, precision over classes; see `class_group_scores` and `attribute_group_scores`.

    Args:
        predictions: classes, (N,).
        targets: labels, (N,).
        groups: of the classes.
        attributes: of the samples, N values, where they are known.

    Returns:
        Under "classes" many, medium, few and overall, under "attributes" each value, in order: samples, accuracy and
        precision, None where there are no samples.
    """
    member = groups.medium.long() + 2 * groups.few.long()
    scores = class_group_scores(predictions, targets, member)
    sizes = torch.bincount(member[targets], minlength=3).tolist()
    classes = {name: _row(size, own) for name, size, own in zip(GROUPS, sizes, scores, strict=True)}
    overall = accuracy_precision(predictions, targets, len(member))
    return {
        "classes": {**classes, "overall": _row(len(targets), overall)},
        "attributes": _by_attribute(predictions, targets, attributes, len(member)),
    }


def _by_attribute(
    predictions: Tensor, targets: Tensor, attributes: tuple[str, ...] | None, num_classes: int
) -> dict[str, Any]:
    if not attributes:
        return {}
    values = in_order(set(attributes))
    numbers = {value: number for number, value in enumerate(values)}
    ranks = torch.tensor([numbers[value] for value in attributes])
    scores = attribute_group_scores(predictions, targets, ranks, num_classes, groups=len(values))
    sizes = torch.bincount(ranks).tolist()
    return {value: _row(size, own) for value, size, own in zip(values, sizes, scores, strict=True)}


def _row(samples: int, scores: AccuracyPrecision) -> dict[str, Any]:
    plain = {name: None if value != value else value for name, value in scores._asdict().items()}
    return {"samples": samples, **plain}
