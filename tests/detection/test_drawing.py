"""Marks on pictures, pixel by pixel."""

import numpy as np
import torch
from PIL import Image

from counterpoise.detection.drawing import SIDE, drawn

RED, BLUE = (200, 0, 0), (0, 0, 200)


def pixels(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture).astype(int)


def marked(size: tuple[int, int], boxes: list[list[float]], **more) -> np.ndarray:
    colours = [RED, BLUE][: len(boxes)]
    captions = ["cat 0.9", "dog 0.8"][: len(boxes)]
    return pixels(drawn(Image.new("RGB", size), torch.tensor(boxes).view(-1, 4), captions, colours, **more))


def test_a_picture_without_things_stays_as_it_is() -> None:
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (330, 400, 3), dtype=np.uint8))
    found = drawn(picture, torch.zeros(0, 4), [], [])
    assert (pixels(found) == pixels(picture)).all()
    assert found is not picture


def test_a_box_is_a_frame_of_its_colour() -> None:
    found = marked((400, 400), [[100, 200, 300, 350]])
    assert found[275, 100].tolist() == found[350, 200].tolist() == found[200, 280].tolist() == list(RED)
    assert found[275, 200].tolist() == found[275, 320].tolist() == [0, 0, 0]


def test_the_first_thing_is_on_top() -> None:
    found = marked((400, 400), [[100, 200, 300, 350], [100, 200, 300, 350]])
    assert found[275, 100].tolist() == list(RED)


def test_a_caption_stands_above_its_box_or_inside() -> None:
    above, inside = (marked((400, 400), [[100, top, 300, 350]])[:, 103] for top in (200.0, 3.0))
    assert above[190].tolist() == list(RED)
    assert inside[12].tolist() == list(RED)
    assert above[210].tolist() == inside[60].tolist() == [0, 0, 0]


def test_a_caption_never_leaves_the_picture() -> None:
    found = marked((400, 400), [[390, 200, 399, 350]])
    assert (found[:199] == RED).all(axis=2).sum(axis=1).max() > 40


def test_small_pictures_are_enlarged_with_their_boxes() -> None:
    found = marked((50, 40), [[10, 20, 30, 35]])
    assert found.shape == (SIDE, 400, 3)
    assert found[220, 80].tolist() == list(RED)


def test_masks_tint_what_is_inside() -> None:
    mask = torch.zeros(1, 400, 400, dtype=torch.bool)
    mask[0, 250:300, 150:200] = True
    found = marked((400, 400), [[100, 200, 300, 350]], masks=mask)
    assert 80 < found[275, 175, 0] < 100
    assert found[275, 175, 1:].tolist() == found[320, 175, :2].tolist() == [0, 0]
    assert (marked((400, 400), [], masks=mask[:0]) == 0).all()
