"""Average precision of detections by the rules of COCO and of LVIS, and fixed AP; matched by faster-coco-eval."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.metrics.detections import Detections, Truth
from counterpoise.metrics.matching import category_precisions

MOST_PER_IMAGE = 300
"""LVIS counts the most certain detections of an image (Gupta et al., CVPR 2019)."""

MOST_PER_IMAGE_AND_CATEGORY = 100
"""COCO counts the most certain ones of each category in an image."""

MOST_PER_CATEGORY = 10_000
"""Fixed AP counts the most certain ones of a category in all images (Dave et al., 2021)."""

OVERLAPS, SIZES = 10, 4


def counted_by_rule(truth: Truth, found: Detections, num_classes: int) -> Tensor:
    """Positions of the detections that AP counts: LVIS's rule where absent categories are named, else COCO's."""
    if truth.absent is not None:
        return most_certain(found.scores, found.images, MOST_PER_IMAGE)
    pairs = found.images * num_classes + found.labels
    return most_certain(found.scores, pairs, MOST_PER_IMAGE_AND_CATEGORY)


def counted_by_category(found: Detections) -> Tensor:
    """Positions of the detections that fixed AP counts, however many an image has."""
    return most_certain(found.scores, found.labels, MOST_PER_CATEGORY)


def most_certain(scores: Tensor, groups: Tensor, most: int) -> Tensor:
    """Positions of at most so many of the highest scores of each group, ascending; (M,), (M,) int64 -> (K,).

    Of equal scores, the first ones are taken.
    """
    order = scores.argsort(descending=True, stable=True)
    order = order[groups[order].argsort(stable=True)]
    _, sizes = groups.unique(return_counts=True)
    starts = (sizes.cumsum(dim=0) - sizes).repeat_interleave(sizes)
    return order[torch.arange(len(order)) - starts < most].sort().values


def detection_precisions(truth: Truth, found: Detections, num_classes: int, *, masks: bool = False) -> Tensor:
    """Average precision of each category, at each overlap, of each size of objects.

    The mean of the precision at 101 values of recall, where a detection is right if its intersection over union with
    an object that no more certain one has taken is at least the overlap. A detection of a category that is unknown in
    its image does not count, nor does an unmatched one where an image may show more objects than are marked. One
    category at a time is matched, so that memory is that of one category.

    Args:
        truth: what the images show.
        found: the detections that count; see `counted_by_rule`.
        num_classes: C.
        masks: compare masks instead of boxes; both must have them.

    Returns:
        (C, 10, 4) float64: overlaps .5, .55, ... .95; all objects, and those of areas up to 32^2, from 32^2 to 96^2,
        and from 96^2 square pixels. nan without such objects.

    Raises:
        InputError: masks are to be compared, and one side has none.
    """
    if masks and (truth.masks is None or found.masks is None):
        raise InputError("masks are compared with masks, but one side has boxes alone; compare boxes")
    if not masks:
        truth, found = replace(truth, masks=None), replace(found, masks=None)
    found = found.subset(judged(truth, found, num_classes).nonzero().flatten())
    result = torch.full((num_classes, OVERLAPS, SIZES), torch.nan, dtype=torch.float64)
    there, here = _by_class(found.labels, num_classes), _by_class(truth.labels, num_classes)
    for category in truth.labels.unique().tolist():
        known = replace(truth.subset(here[category]), incomplete=_about(truth.incomplete, category))
        result[category] = category_precisions(known, found.subset(there[category]))
    return result


def judged(truth: Truth, found: Detections, num_classes: int) -> Tensor:
    """Whether the image of each detection is known to show its category or not to show it; (M,) bool."""
    if truth.absent is None:
        return torch.ones(len(found), dtype=torch.bool)
    images, labels = torch.cat([truth.absent, torch.stack([truth.images, truth.labels], dim=1)]).unbind(dim=1)
    return torch.isin(found.images * num_classes + found.labels, images * num_classes + labels)


def precision_summary(precisions: Tensor, frequency: Sequence[str]) -> dict[str, float | None]:
    """Means over the categories with objects; (C, 10, 4) -> numbers by name, None where there are none.

    "ap" over all overlaps, "ap50" and "ap75" at one of them; "aps", "apm" and "apl" of small, medium and large objects;
    "apr", "apc" and "apf" of rare, common and frequent categories.

    Args:
        precisions: from `detection_precisions`.
        frequency: "r", "c" or "f" for each category.
    """
    whole = precisions[:, :, 0]
    sizes = {f"ap{letter}": precisions[:, :, 1 + size] for size, letter in enumerate("sml")}
    groups = {f"ap{letter}": whole[[one == letter for one in frequency]] for letter in "rcf"}
    parts = {"ap": whole, "ap50": whole[:, 0], "ap75": whole[:, 5], **sizes, **groups}
    means = {name: part.nanmean().item() for name, part in parts.items()}
    return {name: None if mean != mean else mean for name, mean in means.items()}


def _by_class(labels: Tensor, num_classes: int) -> tuple[Tensor, ...]:
    return labels.argsort(stable=True).split(torch.bincount(labels, minlength=num_classes).tolist())


def _about(pairs: Tensor | None, category: int) -> Tensor | None:
    return None if pairs is None else pairs[pairs[:, 1] == category]
