"""Masks of things: from polygons or run lengths, as annotations have them, to pixels."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import torch
from faster_coco_eval.core import mask as coco
from torch import Tensor

from counterpoise.errors import InputError

RunLengths = dict[str, Any]
"""COCO's compressed run lengths down the columns: ``{"size": [H, W], "counts": bytes}``."""

Segmentation = list[np.ndarray] | RunLengths
"""Polygons, float64 (x1, y1, x2, y2, ...) in pixels each, which are one mask together, or run lengths."""

FEWEST_NUMBERS = 6
"""Three corners."""


def segmentation_of(found: Any, height: int, width: int) -> Segmentation:
    """A mask as a JSON file has it, checked; run lengths may be compressed or not.

    Raises:
        InputError: it is neither a list of polygons of at least three corners each, nor run lengths of a whole picture.
    """
    if isinstance(found, dict):
        return _checked_runs(found, height, width)
    if not isinstance(found, list):
        raise _malformed("polygons or run lengths", f"a {type(found).__name__}")
    return [_polygon(corners) for corners in found]


def _polygon(corners: Any) -> np.ndarray:
    try:
        numbers = np.asarray(corners, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise _malformed("polygons, lists of numbers", "something else in one") from error
    if numbers.ndim != 1 or len(numbers) % 2 or len(numbers) < FEWEST_NUMBERS:
        raise _malformed(
            "polygons x1, y1, x2, y2, ... of at least 3 corners", f"one of shape {numbers.shape}"
        )
    if not np.isfinite(numbers).all():
        raise _malformed("polygons of finite numbers", "one with others")
    return numbers


def _checked_runs(found: RunLengths, height: int, width: int) -> RunLengths:
    if found.get("size") != [height, width]:
        raise _malformed(f"run lengths of the size {[height, width]}", f"the size {found.get('size')}")
    try:
        runs = _compressed(found, height, width)
        coco.decode(runs)
    except (KeyError, TypeError, ValueError, RuntimeError, AttributeError) as error:
        raise _malformed("run lengths of a whole picture", "broken ones") from error
    return runs


def _malformed(expected: str, came: str) -> InputError:
    return InputError(f"expected a mask as {expected}, but {came} came; correct or remove it")


def _compressed(found: RunLengths, height: int, width: int) -> RunLengths:
    if isinstance(found["counts"], list):
        return cast(RunLengths, coco.frPyObjects(found, height, width))
    return {"size": found["size"], "counts": found["counts"].encode()}


def run_lengths(segmentation: Segmentation, height: int, width: int) -> RunLengths:
    """A mask as run lengths, for a picture of that size."""
    if isinstance(segmentation, dict):
        return segmentation
    return coco.merge(cast(list[RunLengths], coco.frPyObjects(segmentation, height, width)))


def pixels(segmentations: Sequence[Segmentation], height: int, width: int) -> Tensor:
    """M masks of one picture; -> (M, height, width) uint8, 1 inside."""
    if not segmentations:
        return torch.empty(0, height, width, dtype=torch.uint8)
    runs = [run_lengths(segmentation, height, width) for segmentation in segmentations]
    return torch.from_numpy(coco.decode(runs)).permute(2, 0, 1).contiguous()


def encoded(mask: np.ndarray) -> RunLengths:
    """One mask of bool or 0 and 1, (H, W), as run lengths."""
    return coco.encode(np.asfortranarray(mask, dtype=np.uint8))
