"""Detections of one category matched with what is there, by faster-coco-eval."""

from collections.abc import Iterator
from typing import Any

import torch
from faster_coco_eval import COCO, COCOeval_faster
from torch import Tensor

from counterpoise.metrics.detections import Detections, Truth


def category_precisions(truth: Truth, found: Detections) -> Tensor:
    """Average precisions of one category, with masks where the truth has masks; see `detection_precisions`.

    LVIS leaves out what has no area, as empty masks; COCO does not.

    Args:
        truth: objects of that category alone, and the rows of ``incomplete`` that are about it.
        found: detections of it, in images where it is known to be or not to be.

    Returns:
        (10, 4) float64.
    """
    federated, images = truth.absent is not None, _images(truth, found)
    least = 0 if federated else -1
    evaluation = COCOeval_faster(
        _annotated(images, [region for region in _objects(truth) if region["area"] > least]),
        _annotated(images, [region for region in _guesses(found) if region["area"] > least]),
        iouType="bbox" if truth.masks is None else "segm",
        lvis_style=federated,
    )
    evaluation.params.maxDets = [int(torch.bincount(found.images, minlength=1).max().clamp(min=1))]
    evaluation.evaluate()
    evaluation.accumulate()
    precision = torch.from_numpy(evaluation.eval["precision"])[:, :, 0, :, 0]
    return precision.where(precision >= 0, torch.nan).mean(dim=1)


def _images(truth: Truth, found: Detections) -> list[dict[str, Any]]:
    unsure = set() if truth.incomplete is None else set(truth.incomplete[:, 0].tolist())
    lists = {True: [1], False: []}
    return [
        {
            "id": image,
            "height": 1,
            "width": 1,
            "neg_category_ids": [1],
            "not_exhaustive_category_ids": lists[image in unsure],
        }
        for image in torch.cat([truth.images, found.images]).unique().tolist()
    ]


def _annotated(images: list[dict[str, Any]], regions: list[dict[str, Any]]) -> COCO:
    categories = [{"id": 1, "frequency": "f"}]
    return COCO({"images": images, "annotations": regions, "categories": categories})


def _objects(truth: Truth) -> Iterator[dict[str, Any]]:
    shape, shapes = _shapes(truth)
    columns = (truth.images.tolist(), shapes, truth.areas.tolist(), truth.crowd.long().tolist())
    for number, (image, own, area, crowd) in enumerate(zip(*columns, strict=True), start=1):
        yield {"id": number, "image_id": image, "category_id": 1, shape: own, "area": area, "iscrowd": crowd}


def _guesses(found: Detections) -> Iterator[dict[str, Any]]:
    shape, shapes = _shapes(found)
    columns = (found.images.tolist(), shapes, _areas(found), found.scores.tolist())
    for number, (image, own, area, score) in enumerate(zip(*columns, strict=True), start=1):
        yield {"id": number, "image_id": image, "category_id": 1, shape: own, "area": area, "score": score}


def _shapes(regions: Truth | Detections) -> tuple[str, list[Any]]:
    """What COCO calls the shapes of regions, and these shapes."""
    if regions.masks is not None:
        return "segmentation", [*regions.masks]
    return "bbox", _corners_and_sides(regions.boxes).tolist()


def _areas(found: Detections) -> list[float]:
    if found.masks is not None:
        return found.masks.areas.tolist()
    return _corners_and_sides(found.boxes)[:, 2:].prod(dim=1).tolist()


def _corners_and_sides(boxes: Tensor) -> Tensor:
    corners, ends = boxes.double().split(2, dim=1)
    return torch.cat([corners, ends - corners], dim=1)
