"""What the scores of samples with a continuous target are: the predicted number itself."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import torch
from torch import Tensor

from counterpoise.counts import count_classes
from counterpoise.data.data import Data, Facts
from counterpoise.metrics.regression import regression_by_shot
from counterpoise.metrics.shots import shot_groups
from counterpoise.net import Net
from counterpoise.training.asked import Asked
from counterpoise.training.encode import scores
from counterpoise.training.evaluate import class_means
from counterpoise.training.intervals import interval_summary
from counterpoise.training.levels import level_summary
from counterpoise.training.reading import Reading

GROUPS = ("many", "medium", "few")
DRAWN = 2000
"""At most so many samples are drawn one by one on a page (ours)."""


def evaluate_values(
    net: Net,
    data: Data,
    split: str,
    features: Tensor,
    asked: Asked = Asked(),
) -> tuple[dict[str, Any], Tensor]:
    """Measure a predictor on encoded features; see `evaluate` for the arguments.

    Returns:
        The evaluation and the predictions, (N,). "per_class" is the mean absolute error of each bin of the target;
        "overall" and "balanced" are its mean over the bins with samples (bMAE), "many", "medium" and "few" over those
        of a group of bins. "mae", "rmse", "gmean", "pearson" and the others of `regression_scores` count every sample
        alike; "by_shot" holds them for each group. "edges" are those of the bins, and "points" holds at most 2,000
        samples, evenly spread. "levels" and "intervals" are those of `level_summary` and `interval_summary`. Lower is
        better. There are no classes, so nothing is said about class priors.
    """
    return measured(net, data, split, features, data.splits[split].targets, asked)


def measured(
    net: Net,
    data: Data,
    split: str,
    features: Tensor,
    targets: Tensor,
    asked: Asked,
) -> tuple[dict[str, Any], Tensor]:
    """As `evaluate_values`, with the targets of the rows of features; (M, D), (M,)."""
    facts, groups = data.facts, shot_groups(data.class_counts, convention=asked.convention)
    predictions, bins = scores(net.classifier, features), facts.classes(targets)
    by_shot = regression_by_shot(predictions, targets, bins, groups=groups.masks)
    overall = finite(by_shot.pop("overall"))
    by_group = {name: finite(found) for name, found in by_shot.items()}
    per_bin = class_means((predictions.double() - targets).abs(), bins, data.num_classes)
    result = {
        "split": split,
        "metric": "balanced mean absolute error",
        "better": "lower",
        "target": facts.target.name if facts.target else "",
        "overall": overall["balanced_mae"],
        "balanced": overall["balanced_mae"],
        **{name: by_group[name]["balanced_mae"] for name in GROUPS},
        **overall,
        "by_shot": by_group,
        "per_class": [number(value) for value in per_bin],
        "shots": groups.as_json(),
        "class_names": list(facts.class_names),
        "class_counts": list(facts.class_counts),
        "test_counts": count_classes(bins, data.num_classes).tolist(),
        "edges": list(facts.target.edges) if facts.target else [],
        "points": points(predictions, targets),
        "levels": level_summary(net.classifier, features, targets, facts, groups),
        "intervals": interval_summary(net.classifier, features, targets, facts, groups),
        "choices": list(asked.choices),
    }
    return result, predictions


def points(predictions: Tensor, targets: Tensor) -> dict[str, list[float | None]]:
    """Predictions and targets of at most 2,000 samples, evenly spread; (N,), (N,) -> two lists."""
    some = torch.linspace(0, len(targets) - 1, min(len(targets), DRAWN)).long()
    columns = {"target": targets[some], "prediction": predictions[some]}
    return {name: [number(value) for value in column.tolist()] for name, column in columns.items()}


def finite(found: Mapping[str, float | None]) -> dict[str, float | None]:
    """The same with None for what is no finite number, as where training has diverged."""
    return {name: number(value) for name, value in found.items()}


def number(value: float | None) -> float | None:
    """The same, or None for what is no finite number."""
    return value if value is not None and math.isfinite(value) else None


def value_predictions(
    names: Sequence[str], facts: Facts, predictions: Tensor, targets: Tensor | None
) -> pd.DataFrame:
    """One row per sample: path (of a table: row), prediction, and the target where it is known."""
    columns: dict[str, Any] = {
        "row" if facts.kind == "table" else "path": list(names),
        "prediction": predictions.tolist(),
    }
    if targets is not None:
        columns["target"] = targets.tolist()
    return pd.DataFrame(columns)


VALUES = Reading(evaluate_values, value_predictions)
"""A number for each sample."""
