"""Results as COCO and LVIS take them."""

import json
from dataclasses import replace

import torch
from faster_coco_eval.core import mask as coco

from counterpoise.data.data import Data
from counterpoise.metrics.detections import Detections
from counterpoise.metrics.packed_masks import PackedMasks
from counterpoise.training.coco_results import coco_results

FOUND = Detections(
    torch.tensor([1, 0, 1]),
    torch.tensor([3, 0, 1]),
    torch.tensor([0.25, 0.5, 0.75]),
    torch.tensor([[1.0, 2.0, 11.0, 22.0], [0.0, 0.0, 4.5, 5.0], [2.0, 2.0, 3.0, 3.0]]),
)


def test_rows_come_image_by_image_the_surest_first(tiny_scenes: Data) -> None:
    split = tiny_scenes.splits["test"]
    rows = coco_results(FOUND, tiny_scenes.facts, split)
    assert [(row["image_id"], row["file_name"], row["score"]) for row in rows] == [
        (0, split.names[0], 0.5),
        (1, split.names[1], 0.75),
        (1, split.names[1], 0.25),
    ]


def test_categories_are_those_of_the_annotations_and_boxes_have_sides(tiny_scenes: Data) -> None:
    last = coco_results(FOUND, tiny_scenes.facts, tiny_scenes.splits["test"])[-1]
    assert last["category_id"] == 9
    assert last["bbox"] == [1.0, 2.0, 10.0, 20.0]
    assert "segmentation" not in last


def test_masks_are_run_lengths_that_json_can_hold(tiny_scenes: Data) -> None:
    pixels = (torch.rand(3, 40, 48, generator=torch.Generator().manual_seed(0)) < 0.5).to(torch.uint8)
    found = replace(FOUND, masks=PackedMasks.of_pixels(pixels))
    rows = json.loads(json.dumps(coco_results(found, tiny_scenes.facts, tiny_scenes.splits["test"])))
    decoded = [torch.from_numpy(coco.decode(row["segmentation"])) for row in rows]
    assert torch.equal(torch.stack(decoded), pixels[[1, 2, 0]])


def test_nothing_found_is_an_empty_list(tiny_scenes: Data) -> None:
    none = FOUND.subset(torch.zeros(0, dtype=torch.int64))
    assert coco_results(none, tiny_scenes.facts, tiny_scenes.splits["test"]) == []
