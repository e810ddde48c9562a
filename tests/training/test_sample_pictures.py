"""Pictures of what is there and what was found."""

from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import torch
from PIL import Image

from counterpoise.data.data import Data
from counterpoise.data.scenes import Scenes
from counterpoise.files import read_json
from counterpoise.metrics.detections import Detections
from counterpoise.metrics.packed_masks import PackedMasks
from counterpoise.training.sample_pictures import MOST, PICTURES, found_on, leave_pictures, there_on

ORANGE = (213, 94, 0)
SIZE = (400, 330)


def found(scores: list[float], *, images: list[int] | None = None, masks: bool = False) -> Detections:
    """Things of the rare class c, all in one place."""
    count = len(scores)
    inside = torch.zeros(count, SIZE[1], SIZE[0], dtype=torch.uint8)
    inside[:, 120:180, 120:180] = 1
    return Detections(
        torch.tensor(images or [0] * count),
        torch.full((count,), 2),
        torch.tensor(scores),
        torch.tensor([[100.0, 100.0, 200.0, 200.0]]).expand(count, 4),
        PackedMasks.of_pixels(inside) if masks else None,
    )


def marks(picture: Image.Image) -> np.ndarray:
    """Where a picture has exactly the colour of rare classes."""
    return (np.asarray(picture) == ORANGE).all(axis=2)


def test_what_is_found_has_the_colour_of_its_frequency(tiny_scenes: Data) -> None:
    drawn = marks(found_on(Image.new("RGB", SIZE), found([0.9]), tiny_scenes.facts))
    assert drawn[150, 100]
    assert drawn[200, 150]
    assert not drawn[150, 150]


def test_what_is_unsure_is_left_out(tiny_scenes: Data) -> None:
    picture = Image.new("RGB", SIZE)
    assert not marks(found_on(picture, found([0.29]), tiny_scenes.facts)).any()
    assert marks(found_on(picture, found([0.29]), tiny_scenes.facts, least=0.2)).any()
    assert not marks(found_on(picture, found([]), tiny_scenes.facts)).any()


def test_masks_of_what_is_found_are_drawn(tiny_scenes: Data) -> None:
    picture = np.asarray(found_on(Image.new("RGB", SIZE), found([0.9, 0.1], masks=True), tiny_scenes.facts))
    assert picture[150, 150, 0] > 80
    assert picture[190, 190].tolist() == [0, 0, 0]


def test_only_the_surest_things_are_drawn(tiny_scenes: Data) -> None:
    many = found([0.4, *[0.5] * (MOST - 1), 0.9])
    boxes = many.boxes.clone()
    boxes[0, 1::2], boxes[-1, 1::2] = torch.tensor([220.0, 240.0]), torch.tensor([300.0, 320.0])
    drawn = marks(found_on(Image.new("RGB", SIZE), replace(many, boxes=boxes), tiny_scenes.facts))
    assert drawn[150, 100]
    assert drawn[310, 100]
    assert not drawn[230, 100]


def test_what_is_there_is_drawn_without_crowds(tiny_scenes: Data) -> None:
    scenes = cast(Scenes, tiny_scenes.splits["test"].samples)
    position = next(i for i, labels in enumerate(scenes.things) if 2 in labels)
    shown = scenes.shown[position]
    picture = scenes.picture(position)
    assert marks(there_on(picture, shown, tiny_scenes.facts, masks=True)).any()


def test_a_run_leaves_pictures_of_each_frequency(tiny_scenes: Data, tmp_path: Path) -> None:
    split = tiny_scenes.splits["test"]
    leave_pictures(tmp_path, split, tiny_scenes.facts, found([0.9, 0.8], images=[0, 1]))
    rows = read_json(tmp_path / PICTURES)["pictures"]
    things = cast(Scenes, split.samples).things
    rarest = ["fcrr"[int(things[split.names.index(row["name"])].max())] for row in rows]
    assert rarest == sorted(rarest, key="fcr".index)
    groups = {"fcrr"[int(labels.max())] for labels in things if len(labels)}
    assert set(rarest) == groups
    assert max(map(rarest.count, groups)) == 6 // len(groups)
    for row in rows:
        for side in ("there", "found"):
            assert Image.open((tmp_path / PICTURES).with_name(row[side])).format == "JPEG"
