"""Mirrored pictures of any size; what becomes of their things is tested with `Scenes`."""

import numpy as np
import torch
from PIL import Image
from torch import Generator

from counterpoise.data.augmentation import SceneFlip


def test_every_second_picture_is_drawn_to_be_mirrored() -> None:
    draws = SceneFlip(flip=True).draw(1000, Generator().manual_seed(0))
    assert draws.shape == (1000, 1)
    assert 450 < draws.sum() < 550
    assert not SceneFlip().draw(1000, Generator().manual_seed(0)).any()


def test_a_picture_keeps_its_size() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    plain, mirrored = (
        SceneFlip().image(Image.fromarray(pixels), torch.tensor([drawn])).numpy() for drawn in (0, 1)
    )
    assert (plain == pixels).all()
    assert (mirrored == pixels[:, ::-1]).all()


def test_packed_pictures_are_mirrored_alike_and_not_normalised() -> None:
    images = torch.randint(0, 256, (2, 5, 7, 3), dtype=torch.uint8)
    batch = SceneFlip(flip=True).batch(images, torch.tensor([[0], [1]]))
    expected = images.permute(0, 3, 1, 2).float() / 255
    assert torch.equal(batch[0], expected[0])
    assert torch.equal(batch[1], expected[1].flip(2))
