"""A whole split of pictures through a detector."""

from typing import cast

import pytest
import torch
from torch import Tensor

from counterpoise.data.data import Data
from counterpoise.data.pictures import as_tensor
from counterpoise.data.scenes import Scenes
from counterpoise.detection.detector import strength
from counterpoise.metrics.detections import Detections
from counterpoise.training.detect import detect, no_detections, of_all_processes, swept

from .detectors import ByColour, by_colour, exempting


def picture(data: Data, position: int) -> Tensor:
    scenes = cast(Scenes, data.splits["test"].samples)
    return as_tensor(scenes.picture(position)).permute(2, 0, 1) / 255


@pytest.mark.parametrize("workers", [0, 2])
def test_every_picture_is_seen_by_itself(tiny_scenes: Data, workers: int) -> None:
    split = tiny_scenes.splits["test"]
    found = detect(by_colour(), split, tiny_scenes.facts, workers=workers)
    alone = [ByColour().found(picture(tiny_scenes, position)) for position in range(len(split))]
    assert found.images.tolist() == [i for i, one in enumerate(alone) for _ in range(len(one))]
    assert torch.equal(found.labels, torch.cat([one.labels for one in alone]))
    assert torch.equal(found.scores, torch.cat([one.scores for one in alone]))
    assert torch.equal(found.boxes, torch.cat([one.boxes for one in alone]))
    masks = [mask for one in alone if one.masks is not None for mask in one.masks]
    assert found.masks
    assert all(torch.equal(found.masks.pixels(i), mask) for i, mask in enumerate(masks))
    assert len(found) == len(masks) > 0


def test_a_detector_without_a_mask_branch_finds_boxes(tiny_scenes: Data) -> None:
    assert detect(by_colour(masks=False), tiny_scenes.splits["test"], tiny_scenes.facts).masks is None


def test_a_real_detector_finds_things_inside_their_pictures(tiny_scenes: Data) -> None:
    split = tiny_scenes.splits["test"].subset(torch.tensor([3, 7]))
    found = detect(exempting(tiny_scenes, alpha=1.5).train(), split, tiny_scenes.facts, workers=0)
    assert set(found.images.tolist()) == {0, 1}
    assert found.labels.min() >= 0
    assert found.labels.max() < 4
    assert (found.boxes >= 0).all()
    assert (found.boxes <= torch.tensor([48, 40, 48, 40])).all()
    assert found.masks
    assert found.masks.sizes.unique(dim=0).tolist() == [[40, 48]]


def test_a_sweep_finds_what_each_strength_finds(tiny_scenes: Data) -> None:
    detector, split = exempting(tiny_scenes, alpha=1.5), tiny_scenes.splits["test"].subset(torch.arange(2))
    some = swept(detector, split, tiny_scenes.facts, [0.0, 3.0], workers=0)
    for alpha, found in zip((0.0, 3.0), some, strict=True):
        with strength(detector, alpha):
            alone = detect(detector, split, tiny_scenes.facts, workers=0)
        assert torch.equal(found.images, alone.images)
        assert torch.equal(found.labels, alone.labels)
        torch.testing.assert_close(found.scores, alone.scores)
        torch.testing.assert_close(found.boxes, alone.boxes)
        assert found.masks is None
    assert len(some[0]) != len(some[1]) or not torch.allclose(some[0].scores, some[1].scores)


def test_parts_of_one_process_are_joined_and_there_may_be_none() -> None:
    part = Detections(torch.tensor([4]), torch.tensor([2]), torch.tensor([0.5]), torch.ones(1, 4))
    whole = of_all_processes([part, part], "cpu", masks=False)
    assert whole.images.tolist() == [4, 4]
    assert whole.masks is None
    empty = of_all_processes([], "cpu", masks=True)
    assert len(empty) == len(no_detections(masks=True)) == 0
    assert empty.boxes.shape == (0, 4)
    assert empty.masks is not None
