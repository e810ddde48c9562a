"""What the scores of samples with any number of labels are: a probability for each class by itself."""

from collections.abc import Sequence
from itertools import compress
from typing import Any

import pandas as pd
from torch import Tensor

from counterpoise.counts import count_classes
from counterpoise.data.data import Data, Facts
from counterpoise.metrics.multi_label import average_precisions, f1_scores
from counterpoise.metrics.shots import group_accuracy, shot_groups
from counterpoise.net import Net
from counterpoise.training.asked import Asked
from counterpoise.training.encode import scores
from counterpoise.training.evaluate import plain_numbers
from counterpoise.training.reading import Reading

THRESHOLD = 0.5


def evaluate_labels(
    net: Net,
    data: Data,
    split: str,
    features: Tensor,
    asked: Asked = Asked(),
) -> tuple[dict[str, Any], Tensor]:
    """Measure a predictor on encoded features; see `evaluate` for the arguments.

    Returns:
        The evaluation and the logits, (N, C). "per_class" is the average precision of each class; "overall" and
        "balanced" are its mean over all classes with positives (mAP), "many", "medium" and "few" over those of a
        group. "f1_micro" and "f1_macro" count probabilities from 0.5 as found. "test_counts" are positives. The
        answers of the classes do not compete, so nothing is said about other class priors.
    """
    targets = data.splits[split].targets
    groups = shot_groups(data.class_counts, convention=asked.convention)
    logits = scores(net.classifier, features)
    probabilities = logits.double().sigmoid()
    per_class = average_precisions(probabilities, targets)
    mean = plain_numbers(per_class.nanmean())
    micro, macro = f1_scores(probabilities, targets)
    result = {
        "split": split,
        "samples": len(targets),
        "metric": "mean average precision",
        "overall": mean,
        "balanced": mean,
        **group_accuracy(per_class, groups),
        "f1_micro": micro,
        "f1_macro": macro,
        "per_class": plain_numbers(per_class),
        "shots": groups.as_json(),
        "class_names": list(data.facts.class_names),
        "class_counts": list(data.facts.class_counts),
        "test_counts": count_classes(targets, data.num_classes).tolist(),
        "choices": list(asked.choices),
    }
    return result, logits


def label_predictions(
    names: Sequence[str], facts: Facts, logits: Tensor, targets: Tensor | None
) -> pd.DataFrame:
    """One row per image: path, labels from probability 0.5, the true ones where known, all probabilities.

    Labels are joined by ``|``; a column "probability CLASS" holds the probability of each class.
    """
    probabilities = logits.sigmoid()
    columns: dict[str, Any] = {
        "path": list(names),
        "labels": joined_names(probabilities >= THRESHOLD, facts.class_names),
    }
    if targets is not None:
        columns["target"] = joined_names(targets, facts.class_names)
    each = zip(facts.class_names, probabilities.T.tolist(), strict=True)
    return pd.DataFrame(columns | {f"probability {name}": column for name, column in each})


def joined_names(marks: Tensor, class_names: Sequence[str]) -> list[str]:
    """The names of the marked classes of each row, joined by ``|``; (N, C) bool -> N texts."""
    return ["|".join(compress(class_names, row)) for row in marks.tolist()]


LABELS = Reading(evaluate_labels, label_predictions)
"""Any number of classes for each sample."""
