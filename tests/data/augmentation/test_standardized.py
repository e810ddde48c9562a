"""Rows moved and scaled."""

import torch
from PIL import Image

from counterpoise.data.augmentation import Standardized


def test_each_feature_is_moved_and_scaled() -> None:
    rows = torch.tensor([[1, 2], [3, 5]], dtype=torch.float16)
    look = Standardized((1.0, 2.0), (2.0, 4.0))
    found = look.batch(rows, look.draw(2, torch.Generator()))
    assert found.dtype == torch.float32
    assert found.tolist() == [[0.0, 0.0], [1.0, 0.75]]


def test_pictures_keep_their_pixels() -> None:
    picture = Image.new("RGB", (4, 2), (1, 2, 3))
    assert (Standardized((0.0,), (1.0,)).image(picture, torch.empty(0)) == torch.tensor([1, 2, 3])).all()


def test_rows_that_are_float32_already_stay_as_they_are() -> None:
    rows = torch.ones(2, 3)
    Standardized((1.0,) * 3, (2.0,) * 3).finish(rows)
    assert (rows == 1).all()
