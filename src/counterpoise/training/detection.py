"""What the answers of a detector are: objects with places, measured by average precision."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from counterpoise.counts import count_classes
from counterpoise.data.data import Data, Facts
from counterpoise.data.masks import RunLengths, run_lengths
from counterpoise.data.objects import Objects
from counterpoise.data.scenes import Scenes, Shown
from counterpoise.metrics.detection import (
    counted_by_category,
    counted_by_rule,
    detection_precisions,
    precision_summary,
)
from counterpoise.metrics.detections import Detections, Truth
from counterpoise.metrics.packed_masks import PackedMasks
from counterpoise.net import Classifier, Net
from counterpoise.predictors import TotalDirectEffect
from counterpoise.predictors.region_probabilities import RegionProbabilities, SoftmaxProbabilities
from counterpoise.training.asked import Asked
from counterpoise.training.detect import detect, swept
from counterpoise.training.evaluate import plain_numbers
from counterpoise.training.groups import class_groups
from counterpoise.training.reading import Reading
from counterpoise.training.sample_pictures import leave_pictures

CURVE = torch.linspace(0, 3, 13)
SWEPT = 500
"""At most so many pictures tell the effect of alpha (ours)."""


def evaluate_detections(
    net: Net, data: Data, split: str, found: Detections, asked: Asked = Asked()
) -> tuple[dict[str, Any], Detections]:
    """Measure what a detector has found; see `evaluate` for the arguments.

    Returns:
        The evaluation and what was found. "box" and "mask" (None where there are none) hold the numbers of
        `precision_summary` and "fixed_ap". "overall" and "balanced" are the AP of masks, or of boxes where there are
        none; "many", "medium" and "few" those of frequent, common and rare categories; "per_class" that of each
        category. Samples are images, and counts are of objects, crowds left out. "most_found" is how many were found in
        one image, up to the limit of the detector, which limits fixed AP too. "alpha_curve" holds the APs of boxes for
        many strengths of a total direct effect, on at most 500 images.
    """
    part, objects = data.splits[split], cast(Objects, data.facts.objects)
    truth = truth_of(cast(Scenes, part.samples), objects)
    box = measured(truth, found, objects)
    both = truth.masks is not None and found.masks is not None
    mask = measured(truth, found, objects, masks=True) if both else None
    scores, per_class = mask or box
    result = {
        "task": data.facts.task,
        "split": split,
        "samples": len(part),
        "metric": f"mean average precision of {'masks' if mask else 'boxes'}",
        **by_group(scores),
        "per_class": plain_numbers(per_class),
        "box": box[0],
        "mask": mask and mask[0],
        "most_found": int(torch.bincount(found.images, minlength=1).max()),
        "shots": class_groups(data, asked.convention).as_json(),
        "class_names": list(data.facts.class_names),
        "class_counts": list(data.facts.class_counts),
        "image_counts": list(objects.image_counts),
        "test_counts": count_classes(truth.labels[~truth.crowd], data.num_classes).tolist(),
        "choices": list(asked.choices),
        "alpha": None,
        "alpha_curve": None,
    }
    effects = [module for module in net.modules() if isinstance(module, TotalDirectEffect)]
    if effects:
        alpha, how = effects[0].alpha.item(), (one for one in asked.choices if one.startswith("alpha"))
        result["alpha"] = {"value": round(alpha, 6), "how": "; ".join(how)}
        result["alpha_curve"] = alpha_curve(net, data, split, alpha, asked.device)
    return result, found


def measured(
    truth: Truth, found: Detections, objects: Objects, *, masks: bool = False
) -> tuple[dict[str, float | None], Tensor]:
    """The numbers of boxes, or of masks, and the AP of each category, (C,)."""
    categories = len(objects.category_ids)
    counted, ranked = counted_by_rule(truth, found, categories), counted_by_category(found)
    precisions = detection_precisions(truth, found.subset(counted), categories, masks=masks)
    fixed = precisions
    if not torch.equal(counted, ranked):
        fixed = detection_precisions(truth, found.subset(ranked), categories, masks=masks)
    numbers = precision_summary(precisions, objects.frequency)
    numbers["fixed_ap"] = precision_summary(fixed, objects.frequency)["ap"]
    return numbers, precisions[:, :, 0].mean(dim=1)


def by_group(numbers: Mapping[str, float | None]) -> dict[str, float | None]:
    """The APs of all, of frequent, of common and of rare categories, as accuracies are called elsewhere."""
    names = {"overall": "ap", "balanced": "ap", "many": "apf", "medium": "apc", "few": "apr"}
    return {name: numbers[own] for name, own in names.items()}


def truth_of(scenes: Scenes, objects: Objects) -> Truth:
    """What pictures show, in columns."""
    shown = scenes.shown
    counts = torch.tensor([len(one.labels) for one in shown])
    return Truth(
        torch.arange(len(shown)).repeat_interleave(counts),
        torch.cat([one.labels for one in shown]),
        torch.cat([one.boxes for one in shown]),
        torch.cat([one.areas for one in shown]),
        torch.cat([one.crowd for one in shown]),
        PackedMasks.of(mask for one in shown for mask in masks_of(one)) if scenes.masks else None,
        _pairs([one.negative for one in shown]) if objects.federated else None,
        _pairs([one.not_exhaustive for one in shown]) if objects.federated else None,
    )


def masks_of(shown: Shown) -> Iterator[RunLengths]:
    """The masks of all that a picture shows; of a crowd without one, its box."""
    for (left, top, right, bottom), mask in zip(shown.boxes.tolist(), shown.segmentations, strict=True):
        box = [np.array([left, top, right, top, right, bottom, left, bottom])]
        yield run_lengths(mask or box, shown.height, shown.width)


def _pairs(labels: Sequence[Sequence[int]]) -> Tensor:
    found = [(image, label) for image, some in enumerate(labels) for label in some]
    return torch.tensor(found, dtype=torch.int64).view(-1, 2)


def alpha_curve(net: Net, data: Data, split: str, alpha: float, device: str) -> dict[str, Any]:
    """AP of boxes for many alphas, the chosen one included, on at most 500 pictures, evenly spread."""
    part, objects = data.splits[split], cast(Objects, data.facts.objects)
    part = part.subset(torch.linspace(0, len(part) - 1, min(len(part), SWEPT)).long())
    truth = truth_of(cast(Scenes, part.samples), objects)
    alphas = torch.cat([CURVE, torch.tensor([alpha])]).unique().tolist()
    found = swept(net, part, data.facts, alphas, device=device)
    points = [
        detection_precisions(
            truth, one.subset(counted_by_rule(truth, one, data.num_classes)), data.num_classes
        )
        for one in found
    ]
    groups = [by_group(precision_summary(point, objects.frequency)) for point in points]
    return {
        "alphas": [round(alpha, 6) for alpha in alphas],
        "samples": len(part),
        **{name: [group[name] for group in groups] for name in groups[0]},
        "per_class": [plain_numbers(point[:, :, 0].mean(dim=1)) for point in points],
    }


def object_table(
    names: Sequence[str], facts: Facts, found: Detections, targets: Tensor | None
) -> pd.DataFrame:
    """One row per object that was found: path, label, score, and its box x1, y1, x2, y2 in pixels."""
    columns: dict[str, Any] = {
        "path": [names[image] for image in found.images.tolist()],
        "label": [facts.class_names[label] for label in found.labels.tolist()],
        "score": found.scores.tolist(),
    }
    corners = zip(("x1", "y1", "x2", "y2"), found.boxes.T.tolist(), strict=True)
    return pd.DataFrame(columns | dict(corners))


def probabilities(predictor: Net, prior: Tensor) -> Net:
    """The detector with box classifiers that give probabilities; a softmax, unless they do already."""
    return predictor.rewired(lambda place, inner: _probabilities(inner))


def _probabilities(classifier: Classifier) -> RegionProbabilities:
    return classifier if isinstance(classifier, RegionProbabilities) else SoftmaxProbabilities(classifier)


DETECTIONS = Reading(evaluate_detections, object_table, probabilities, detect, leave_pictures)
"""Any number of objects in each picture, with their places."""
