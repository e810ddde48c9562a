"""Evaluation of a net on a split: one JSON-able object with every number that a report shows."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from counterpoise.data.data import Data
from counterpoise.metrics.functional import class_hits, confusion_matrix
from counterpoise.metrics.shots import Convention, ShotGroups, shot_groups, summary
from counterpoise.net import Net
from counterpoise.predictors import TotalDirectEffect
from counterpoise.training.encode import scores

CURVE = torch.linspace(-1, 6, 71)


def evaluate(
    net: Net,
    data: Data,
    split: str,
    features: Tensor,
    *,
    convention: Convention = "auto",
    choices: Sequence[str] = (),
) -> tuple[dict[str, Any], Tensor]:
    """Measure a predictor on encoded features.

    Args:
        net: the predictor.
        data: where the split lies; its training counts make the shot groups.
        split: name of the split.
        features: of that split, (N, D), from `encode`.
        convention: see `shot_groups`.
        choices: sentences that say how the predictor's strengths were chosen.

    Returns:
        The evaluation (plain JSON types, None where a group or class is empty) and the logits, (N, C).
    """
    targets = data.splits[split].targets
    groups = shot_groups(data.class_counts, convention=convention)
    logits = scores(net.classifier, features)
    predictions = logits.argmax(dim=1)
    hits, samples = class_hits(predictions, targets, data.num_classes)
    result = {
        "split": split,
        "samples": len(targets),
        **summary(hits, samples, groups),
        "shots": groups.as_json(),
        "class_names": list(data.facts.class_names),
        "class_counts": list(data.facts.class_counts),
        "test_counts": samples.tolist(),
        "confusion_by_shot": confusion_by_shot(predictions, targets, groups),
        "feature_norms": class_means(features.norm(dim=1), targets, data.num_classes),
        "choices": list(choices),
        "alpha": None,
        "alpha_curve": None,
    }
    if isinstance(net.classifier, TotalDirectEffect):
        value = round(net.classifier.alpha.item(), 6)
        result["alpha"] = {"value": value, "how": "; ".join(choices)}
        result["alpha_curve"] = alpha_curve(net.classifier, features, targets, groups)
    return result, logits


def confusion_by_shot(predictions: Tensor, targets: Tensor, groups: ShotGroups) -> list[list[float | None]]:
    """Share of each group's samples that were taken for a class of each group; 3 rows of 3."""
    group = groups.medium.long() + 2 * groups.few.long()
    counts = confusion_matrix(group[predictions], group[targets], 3).double()
    return plain_numbers(counts / counts.sum(dim=1, keepdim=True))


def class_means(values: Tensor, targets: Tensor, num_classes: int) -> list[float | None]:
    """Mean of a value over the samples of each class; (N,), (N,) -> C numbers."""
    sums = torch.zeros(num_classes, dtype=torch.float64).index_add_(0, targets, values.double())
    return plain_numbers(sums / torch.bincount(targets, minlength=num_classes))


@torch.no_grad()
def alpha_curve(
    predictor: TotalDirectEffect, features: Tensor, targets: Tensor, groups: ShotGroups
) -> dict[str, list]:
    """Accuracies for many alphas (figure 4a of the paper), the chosen one included."""
    alphas = torch.cat([CURVE, predictor.alpha.view(1).cpu()]).unique()
    chunks = [predictor.effects(chunk) for chunk in features.split(4096)]
    total, pull = (torch.cat(parts) for parts in zip(*chunks, strict=True))
    points = []
    for alpha in alphas:
        hits, samples = class_hits((total - alpha * pull).argmax(dim=1), targets, predictor.num_classes)
        points.append(summary(hits, samples, groups))
    curve = {key: [point[key] for point in points] for key in points[0]}
    return {"alphas": [round(alpha, 6) for alpha in alphas.tolist()], **curve}


def plain_numbers(values: Tensor) -> Any:
    """Nested lists of floats, None for nan."""
    if values.ndim:
        return [plain_numbers(value) for value in values]
    number = values.item()
    return None if number != number else number
