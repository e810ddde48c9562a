"""AP of made-up detections, as many as on LVIS's validation images, against the official evaluation in Python.

Goal: at least 5 x faster, with the same numbers; the peak memory of both is told. Each side runs in a process of its
own and begins with what it takes: ours with columns, the official one with a list of results, as from a file that has
been read. Seconds are those of the processor, on one thread. The official side needs the packages lvis and pycocotools,
and for 20,000 images more time and memory than many machines have; ``--official N`` gives it N, and ours as many.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from faster_coco_eval.core import mask as coco

from counterpoise.metrics.detection import counted_by_rule, detection_precisions, precision_summary
from counterpoise.metrics.detections import Detections, Truth
from counterpoise.metrics.packed_masks import PackedMasks

IMAGES, GUESSES, CATEGORIES = 20_000, 300, 1_203
OBJECTS, ABSENT, SIDE = 12, 6, 640
"""Of each image; about as in LVIS 1.0."""


def drawn(images: int, masks: bool) -> tuple[Truth, Detections]:
    """Objects and detections, of which a third is near an object and the others are anywhere, of any category."""
    random = torch.Generator().manual_seed(0)
    chances = 1 / torch.arange(1, CATEGORIES + 1, dtype=torch.float64)
    near, elsewhere = GUESSES // 3, GUESSES - GUESSES // 3

    def labels(each: int) -> torch.Tensor:
        return torch.multinomial(chances, images * each, replacement=True, generator=random)

    def boxes(each: int) -> torch.Tensor:
        corner, sides = torch.rand(2, images * each, 2, generator=random)
        return torch.cat([400 * corner, 400 * corner + 4 + 200 * sides**2], dim=1)

    def owners(each: int) -> torch.Tensor:
        return torch.arange(images).repeat_interleave(each)

    there, shown = boxes(OBJECTS), labels(OBJECTS)
    absent = torch.stack([owners(ABSENT), labels(ABSENT)], dim=1)
    sides = there[:, 2:] - there[:, :2]
    crowd = torch.zeros(len(there), dtype=torch.bool)
    outlines = filled(there) if masks else None
    truth = Truth(owners(OBJECTS), shown, there, sides.prod(dim=1), crowd, outlines, absent, absent[:0])
    copied = OBJECTS * owners(near) + torch.randint(0, OBJECTS, (images * near,), generator=random)
    moves = 0.1 * sides[copied] * torch.randn(len(copied), 1, generator=random)
    guessed = torch.cat([there[copied] + moves.repeat(1, 2), boxes(elsewhere)])
    return truth, Detections(
        torch.cat([owners(near), owners(elsewhere)]),
        torch.cat([shown[copied], labels(elsewhere)]),
        torch.rand(images * GUESSES, generator=random),
        guessed,
        filled(guessed) if masks else None,
    )


def filled(boxes: torch.Tensor) -> PackedMasks:
    """Masks of all that is inside boxes."""
    return PackedMasks.of(coco.frPyObjects(np.array(as_bboxes(boxes)), SIDE, SIDE))


def frequencies() -> str:
    """A third of the categories each."""
    return "".join("fcr"[3 * k // CATEGORIES] for k in range(CATEGORIES))


def ours(images: int, masks: bool) -> dict[str, Any]:
    """AP and seconds of this library."""
    truth, found = drawn(images, masks)
    before, began = peak_memory(), time.process_time()
    counted = found.subset(counted_by_rule(truth, found, CATEGORIES))
    numbers = precision_summary(detection_precisions(truth, counted, CATEGORIES, masks=masks), frequencies())
    return {"seconds": time.process_time() - began, "ap": numbers["ap"], "before": before}


def official(images: int, masks: bool) -> dict[str, Any]:
    """AP and seconds of the package lvis, which asks for OpenCV and for a name that numpy has no more."""
    sys.modules.setdefault("cv2", ModuleType("cv2"))
    np.float = float  # pyright: ignore[reportAttributeAccessIssue]
    from lvis import LVIS, LVISEval, LVISResults  # pyright: ignore[reportMissingImports]

    truth, found = drawn(images, masks)
    results, known = as_results(found), as_annotations(truth, images)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "annotations.json"
        path.write_text(json.dumps(known))
        before, began = peak_memory(), time.process_time()
        annotations = LVIS(str(path))
        evaluation = LVISEval(annotations, LVISResults(annotations, results), "segm" if masks else "bbox")
        evaluation.run()
    ap = float(evaluation.get_results()["AP"])
    return {"seconds": time.process_time() - began, "ap": ap, "before": before}


def peak_memory() -> float:
    """Gigabytes of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def as_annotations(truth: Truth, images: int) -> dict[str, Any]:
    """The same as LVIS has it."""
    absent: list[list[int]] = [[] for _ in range(images)]
    for image, label in truth.absent.tolist() if truth.absent is not None else ():
        absent[image].append(label)
    size = {"height": SIDE, "width": SIDE, "not_exhaustive_category_ids": []}
    regions = zip(as_regions(truth), truth.areas.tolist(), strict=True)
    return {
        "images": [{"id": i, "neg_category_ids": found, **size} for i, found in enumerate(absent)],
        "categories": [{"id": k, "frequency": letter} for k, letter in enumerate(frequencies())],
        "annotations": [{**one, "id": i, "area": area} for i, (one, area) in enumerate(regions, start=1)],
    }


def as_results(found: Detections) -> list[dict[str, Any]]:
    """The same as a list of results."""
    return [
        {**one, "score": score} for one, score in zip(as_regions(found), found.scores.tolist(), strict=True)
    ]


def as_regions(regions: Truth | Detections) -> list[dict[str, Any]]:
    """Image, category, and box or mask of each."""
    masks = regions.masks
    if masks is None:
        key, shapes = "bbox", as_bboxes(regions.boxes)
    else:
        key, shapes = "segmentation", [as_text(masks[i]) for i in range(len(masks))]
    columns = zip(regions.images.tolist(), regions.labels.tolist(), shapes, strict=True)
    return [{"image_id": image, "category_id": label, key: shape} for image, label, shape in columns]


def as_text(mask: dict[str, Any]) -> dict[str, Any]:
    """As JSON has it."""
    return {"size": mask["size"], "counts": mask["counts"].decode()}


def as_bboxes(boxes: torch.Tensor) -> list[list[float]]:
    """Left, top, width and height."""
    corners, ends = boxes.double().split(2, dim=1)
    return torch.cat([corners, ends - corners], dim=1).tolist()


def measured(side: str, images: int, masks: bool) -> dict[str, Any]:
    """What a side finds in a process of its own."""
    command = [sys.executable, __file__, "--side", side, "--images", str(images), *["--masks"] * masks]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    seconds, memory = f"{found['seconds']:8.1f} s", f"{found['peak']:5.2f} GB at most"
    before, ap = f"{found['before']:.2f} before", f"AP {found['ap']:.6f}"
    print(f"  {side:<8} {images:>6} images {seconds}, {memory} ({before}), {ap}", flush=True)
    return found


def main() -> None:
    """Measure both sides."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=IMAGES)
    parser.add_argument("--official", type=int, default=1_000, help="images of the comparison; 0 for none")
    parser.add_argument("--masks", action="store_true", help="compare masks, which fill the boxes")
    parser.add_argument("--side", choices=("ours", "official"), default=None, help="of a process alone")
    options = parser.parse_args()
    if options.side:
        torch.set_num_threads(1)
        found = {"ours": ours, "official": official}[options.side](options.images, options.masks)
        print(json.dumps({**found, "peak": peak_memory()}))
        return
    kind = "masks" if options.masks else "boxes"
    print(f"{kind}: {GUESSES} detections of each image, {CATEGORIES} categories, one thread")
    measured("ours", options.images, options.masks)
    if options.official and find_spec("lvis"):
        own, other = (measured(side, options.official, options.masks) for side in ("ours", "official"))
        ratio, apart = other["seconds"] / own["seconds"], abs(other["ap"] - own["ap"])
        print(f"  {ratio:.1f} x faster, AP differs by {apart:.1e}")


if __name__ == "__main__":
    main()
