import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from counterpoise.data.masks import encoded, pixels, run_lengths, segmentation_of
from counterpoise.errors import InputError

RECTANGLE = [2, 1, 5, 1, 5, 3, 2, 3]
"""Columns 2 to 4 of rows 1 and 2."""


def rectangle(height: int = 4, width: int = 6) -> torch.Tensor:
    mask = torch.zeros(height, width, dtype=torch.uint8)
    mask[1:3, 2:5] = 1
    return mask


@pytest.mark.parametrize(
    "found",
    [
        [RECTANGLE],
        {"size": [4, 6], "counts": [9, 2, 2, 2, 2, 2, 5]},
        {"size": [4, 6], "counts": encoded(rectangle().numpy())["counts"].decode()},
    ],
    ids=["polygon", "run lengths", "compressed"],
)
def test_every_form_has_the_same_pixels(found: Any) -> None:
    masks = pixels([segmentation_of(found, 4, 6)] * 2, 4, 6)
    assert masks.dtype == torch.uint8
    assert torch.equal(masks, torch.stack([rectangle()] * 2))
    assert masks.is_contiguous()


def test_several_polygons_are_one_mask() -> None:
    second = [0, 0, 1, 0, 1, 4, 0, 4]
    mask = pixels([segmentation_of([RECTANGLE, second], 4, 6)], 4, 6)[0]
    assert mask[:, 0].all()
    assert torch.equal(mask[:, 1:], rectangle()[:, 1:])


def test_run_lengths_of_a_mask_and_back() -> None:
    mask = torch.rand(3, 7, 5) > 0.5
    runs = [encoded(one.numpy()) for one in mask]
    assert runs[0]["size"] == [7, 5]
    assert torch.equal(pixels(runs, 7, 5), mask.to(torch.uint8))
    assert run_lengths(runs[0], 7, 5) is runs[0]


def test_no_mask_at_all() -> None:
    assert pixels([], 4, 6).shape == (0, 4, 6)


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        ("cat", "polygons or run lengths, but a str came"),
        ([[1, 2, 3, 4]], r"at least 3 corners, but one of shape \(4,\) came"),
        ([[1, 2, 3, 4, 5, 6, 7]], r"one of shape \(7,\) came"),
        ([[]], r"one of shape \(0,\) came"),
        ([[[1, 2], [3, 4], [5, 6]]], r"one of shape \(3, 2\) came"),
        ([["a"] * 6], "something else in one came"),
        ([[None] * 6], "finite numbers, but one with others came"),
        ({"size": [6, 4], "counts": [24]}, r"of the size \[4, 6\], but the size \[6, 4\] came"),
        ({"size": [4, 6]}, "run lengths of a whole picture, but broken ones came"),
        ({"size": [4, 6], "counts": [3, 4]}, "broken ones came"),
        ({"size": [4, 6], "counts": [30]}, "broken ones came"),
        ({"size": [4, 6], "counts": [-1, 25]}, "broken ones came"),
        ({"size": [4, 6], "counts": "zz"}, "broken ones came"),
        ({"size": [4, 6], "counts": 5}, "broken ones came"),
    ],
)
def test_a_malformed_mask_is_refused_in_one_line(found: Any, reason: str) -> None:
    with pytest.raises(InputError, match=f"expected a mask as .*{reason}; correct or remove it") as caught:
        segmentation_of(found, 4, 6)
    assert "\n" not in str(caught.value)


def test_areas_of_real_masks_are_those_of_lvis(shared_data: Path) -> None:
    found = json.loads((shared_data / "class_manifests" / "lvis_v0_5_val_100.json").read_text())
    sizes = {entry["id"]: (entry["height"], entry["width"]) for entry in found["images"]}
    things = found["annotations"][:60]
    areas = [
        pixels([segmentation_of(one["segmentation"], *sizes[one["image_id"]])], *sizes[one["image_id"]])
        .sum()
        .item()
        for one in things
    ]
    assert np.allclose(areas, [one["area"] for one in things], rtol=0.05, atol=20)
