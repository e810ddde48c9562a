"""What a detector has found, in the format in which COCO and LVIS take results."""

from typing import Any, cast

import torch

from counterpoise.data.data import Facts, Split
from counterpoise.data.objects import Objects
from counterpoise.data.scenes import Scenes
from counterpoise.metrics.detections import Detections


def coco_results(found: Detections, facts: Facts, split: Split) -> list[dict[str, Any]]:
    """One row for each object, picture by picture, the surest first.

    A row holds ``image_id``, ``category_id`` as the training annotations have it, ``bbox`` (left, top, width and height
    in pixels), ``score``, ``segmentation`` (compressed run lengths) where there are masks, and beyond the format
    ``file_name``.

    Args:
        found: in the pictures of the split.
        facts: of the data on which the detector was trained.
        split: of `Scenes`.
    """
    order = found.scores.argsort(descending=True, stable=True)
    found = found.subset(order[found.images[order].argsort(stable=True)])
    shown, categories = cast(Scenes, split.samples).shown, cast(Objects, facts.objects).category_ids
    starts, ends = found.boxes.double().split(2, dim=1)
    boxes = torch.cat([starts, ends - starts], dim=1).tolist()
    columns = (found.images.tolist(), found.labels.tolist(), found.scores.tolist(), boxes)
    rows = [
        {
            "image_id": shown[image].image_id,
            "file_name": split.names[image],
            "category_id": categories[label],
            "bbox": [round(edge, 2) for edge in box],
            "score": round(score, 6),
        }
        for image, label, score, box in zip(*columns, strict=True)
    ]
    if found.masks is None:
        return rows
    return [{**row, "segmentation": _written(found.masks[i])} for i, row in enumerate(rows)]


def _written(mask: dict[str, Any]) -> dict[str, Any]:
    return {"size": mask["size"], "counts": mask["counts"].decode()}
