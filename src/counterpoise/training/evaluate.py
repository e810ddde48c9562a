"""Evaluation of a net on a split: one JSON-able object with every number that a report shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from counterpoise.data.data import Data
from counterpoise.metrics.calibration import calibration_summary
from counterpoise.metrics.functional import confusion_matrix
from counterpoise.metrics.shots import ShotGroups, shot_groups, summary
from counterpoise.net import Net
from counterpoise.predictors import Tempered, TotalDirectEffect
from counterpoise.recall import class_hits
from counterpoise.training.asked import Asked
from counterpoise.training.encode import scores
from counterpoise.training.precision import precision_by_group
from counterpoise.training.priors import prior_comparison

T = TypeVar("T", bound=nn.Module)
CURVE = torch.linspace(-1, 6, 71)


def evaluate(
    net: Net,
    data: Data,
    split: str,
    features: Tensor,
    asked: Asked = Asked(),
) -> tuple[dict[str, Any], Tensor]:
    """Measure a predictor on encoded features.

    Args:
        net: the predictor.
        data: where the split lies; its training counts make the shot groups.
        split: name of the split.
        features: of that split, (N, D), from `encode`.
        asked: see `Asked`.

    Returns:
        The evaluation (plain JSON types, None where a group or class is empty) and the logits, (N, C).
    """
    targets = data.splits[split].targets
    groups = shot_groups(data.class_counts, convention=asked.convention)
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
        "precision": precision_by_group(predictions, targets, groups, data.splits[split].attributes),
        "confusion_by_shot": confusion_by_shot(predictions, targets, groups),
        "feature_norms": class_means(features.norm(dim=1), targets, data.num_classes),
        "choices": list(asked.choices),
        "calibration": calibration_of(net.classifier, features, logits, targets, groups),
        "target_prior": None,
        "alpha": None,
        "alpha_curve": None,
    }
    if asked.answered is not None:
        result["target_prior"] = prior_comparison(logits, targets, asked.answered, data.facts, split)
    effect = only(net.classifier, TotalDirectEffect)
    if effect is not None:
        how = "; ".join(choice for choice in asked.choices if choice.startswith("alpha"))
        result["alpha"] = {"value": round(effect.alpha.item(), 6), "how": how}
        result["alpha_curve"] = alpha_curve(net.classifier, effect, features, targets, groups)
    return result, logits


def only(classifier: nn.Module, kind: type[T]) -> T | None:
    """The one layer of this kind in a classifier; None where there are none or several."""
    found = [module for module in classifier.modules() if isinstance(module, kind)]
    return found[0] if len(found) == 1 else None


@contextmanager
def held(strength: Tensor, value: float) -> Iterator[None]:
    """A strength of a predictor at another value for a while."""
    before = strength.clone()
    strength.fill_(value)
    try:
        yield
    finally:
        strength.copy_(before)


def calibration_of(
    classifier: nn.Module, features: Tensor, logits: Tensor, targets: Tensor, groups: ShotGroups
) -> dict[str, Any]:
    """`calibration_summary`, the temperature, and under "before" the summary without it; None without one."""
    found = calibration_summary(logits, targets, groups)
    tempered = only(classifier, Tempered)
    if tempered is None:
        return {**found, "temperature": None, "before": None}
    with held(tempered.temperature, 1.0):
        plain = scores(classifier, features)
    before = calibration_summary(plain, targets, groups)
    return {**found, "temperature": tempered.temperature.item(), "before": before}


def confusion_by_shot(predictions: Tensor, targets: Tensor, groups: ShotGroups) -> list[list[float | None]]:
    """Share of each group's samples that were taken for a class of each group; 3 rows of 3."""
    group = groups.medium.long() + 2 * groups.few.long()
    counts = confusion_matrix(group[predictions], group[targets], 3).double()
    return plain_numbers(counts / counts.sum(dim=1, keepdim=True))


def class_means(values: Tensor, targets: Tensor, num_classes: int) -> list[float | None]:
    """Mean of a value over the samples of each class; (N,), (N,) -> C numbers."""
    sums = torch.zeros(num_classes, dtype=torch.float64).index_add_(0, targets, values.double())
    return plain_numbers(sums / torch.bincount(targets, minlength=num_classes))


def alpha_curve(
    classifier: nn.Module, effect: TotalDirectEffect, features: Tensor, targets: Tensor, groups: ShotGroups
) -> dict[str, list]:
    """Accuracies for many alphas (figure 4a of the paper), the chosen one included.

    The layers over the total direct effect scale its logits or add to them, so those of the whole classifier are
    ``total - alpha * pull`` too, and two alphas tell both.
    """
    alphas = torch.cat([CURVE, effect.alpha.view(1).cpu()]).unique()
    with held(effect.alpha, 0.0):
        total = scores(classifier, features)
    with held(effect.alpha, 1.0):
        removed = scores(classifier, features)
    pull = torch.where(total == removed, 0, total - removed)
    points = []
    for alpha in alphas:
        hits, samples = class_hits((total - alpha * pull).argmax(dim=1), targets, total.shape[1])
        points.append(summary(hits, samples, groups))
    curve = {key: [point[key] for point in points] for key in points[0]}
    return {"alphas": [round(alpha, 6) for alpha in alphas.tolist()], **curve}


def plain_numbers(values: Tensor) -> Any:
    """Nested lists of floats, None for nan."""
    if values.ndim:
        return [plain_numbers(value) for value in values]
    number = values.item()
    return None if number != number else number
