"""Made-up objects and detections, in columns and as the files of LVIS; the same for a seed on every machine."""

from typing import Any

import numpy as np
import torch
from faster_coco_eval.core import mask as coco
from torch import Tensor

from counterpoise.metrics.detections import Detections, Truth
from counterpoise.metrics.packed_masks import PackedMasks

HEIGHT, WIDTH = 200, 260
FREQUENCY = "rrrccccfffff"
CLASSES = len(FREQUENCY)


def scattered(
    seed: int, *, images: int = 25, federated: bool = True, guesses: int = 25
) -> tuple[Truth, Detections]:
    """Objects of all sizes, and detections around them, beside them and elsewhere; many have equal scores.

    Only where nothing is unknown there are crowds, as in COCO. No object is of the last category.
    """
    random = np.random.RandomState(seed)
    count = 3 * images
    owners, labels = random.randint(images, size=count), random.randint(CLASSES - 1, size=count)
    boxes = drawn_boxes(random, count)
    masks = discs(boxes)
    crowd = random.rand(count) < (0.0 if federated else 0.1)
    absent = random.randint((images, CLASSES), size=(4 * images, 2))
    incomplete = random.randint((images, CLASSES), size=(2 * images, 2))
    truth = Truth(
        torch.from_numpy(owners),
        torch.from_numpy(labels),
        boxes,
        torch.tensor([float(coco.area(mask)) for mask in masks], dtype=torch.float64),
        torch.from_numpy(crowd),
        PackedMasks.of(masks),
        torch.from_numpy(absent) if federated else None,
        torch.from_numpy(incomplete) if federated else None,
    )
    return truth, drawn_detections(random, truth, images, guesses)


def drawn_boxes(random: np.random.RandomState, count: int) -> Tensor:
    """Boxes with sides from 4 to 119 pixels, at quarters of a pixel."""
    sides = np.exp(random.uniform(np.log(4), np.log(HEIGHT - 1), size=(count, 2)))
    corners = random.rand(count, 2) * (np.array([WIDTH, HEIGHT]) - sides)
    return torch.from_numpy(np.round(4 * np.concatenate([corners, corners + sides], axis=1)) / 4).float()


def drawn_detections(random: np.random.RandomState, truth: Truth, images: int, guesses: int) -> Detections:
    """Three of four are an object, moved a little, one of eight of them under another name."""
    count = guesses * images
    copied = torch.from_numpy(random.randint(len(truth), size=count))
    moved = truth.boxes[copied] + torch.from_numpy(np.round(random.randn(count, 4) * 8) / 4).float()
    anywhere = torch.from_numpy(random.rand(count) < 0.25)
    boxes = torch.where(anywhere[:, None], drawn_boxes(random, count), moved)
    boxes[:, 2:] = torch.maximum(boxes[:, 2:], boxes[:, :2] + 1)
    renamed = torch.from_numpy(random.rand(count) < 0.125) | anywhere
    names = torch.from_numpy(random.randint(CLASSES, size=count))
    owners = torch.from_numpy(random.randint(images, size=count))
    return Detections(
        torch.where(anywhere, owners, truth.images[copied]),
        torch.where(renamed, names, truth.labels[copied]),
        torch.from_numpy(np.round(random.rand(count) * 200) / 256).float(),
        boxes,
        PackedMasks.of(discs(boxes)),
    )


def discs(boxes: Tensor) -> list[dict[str, Any]]:
    """The ellipse in each box as compressed run lengths."""
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    found = []
    for left, top, right, bottom in boxes.double().tolist():
        across, down = (2 * x - left - right) / (right - left), (2 * y - top - bottom) / (bottom - top)
        found.append(coco.encode(np.asfortranarray(across**2 + down**2 <= 1, dtype=np.uint8)))
    return found


def annotations(truth: Truth, images: int) -> dict[str, Any]:
    """The same as an annotation file of LVIS, or of COCO."""
    masks = truth.masks
    assert masks
    return {
        "images": [
            {
                "id": image,
                "file_name": f"{image}.png",
                "height": HEIGHT,
                "width": WIDTH,
                "neg_category_ids": categories_of(truth.absent, image),
                "not_exhaustive_category_ids": categories_of(truth.incomplete, image),
            }
            for image in range(images)
        ],
        "categories": [
            {"id": k, "name": f"thing {k}", "frequency": letter}
            for k, letter in enumerate(FREQUENCY, start=1)
        ],
        "annotations": [
            {
                "id": i + 1,
                "image_id": int(truth.images[i]),
                "category_id": int(truth.labels[i]) + 1,
                "bbox": as_bbox(truth.boxes[i]),
                "area": truth.areas[i].item(),
                "segmentation": as_text(masks[i]),
                "iscrowd": int(truth.crowd[i]),
            }
            for i in range(len(truth))
        ],
    }


def results(found: Detections, *, masks: bool) -> list[dict[str, Any]]:
    """The same as a file of results; LVIS takes areas from boxes where there are any, so masks come alone."""
    packed = found.masks
    assert packed
    return [
        {
            "image_id": int(found.images[i]),
            "category_id": int(found.labels[i]) + 1,
            "score": found.scores[i].item(),
            **({"segmentation": as_text(packed[i])} if masks else {"bbox": as_bbox(found.boxes[i])}),
        }
        for i in range(len(found))
    ]


def categories_of(pairs: Tensor | None, image: int) -> list[int]:
    return [] if pairs is None else [label + 1 for owner, label in pairs.tolist() if owner == image]


def as_bbox(box: Tensor) -> list[float]:
    left, top, right, bottom = box.double().tolist()
    return [left, top, right - left, bottom - top]


def as_text(mask: dict[str, Any]) -> dict[str, Any]:
    return {"size": mask["size"], "counts": mask["counts"].decode()}
