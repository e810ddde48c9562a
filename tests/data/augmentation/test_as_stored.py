"""No change at all."""

import torch
from PIL import Image

from counterpoise.data.augmentation import AsStored


def test_rows_stay_as_they_are() -> None:
    rows = torch.randn(3, 5)
    draws = AsStored().draw(3, torch.Generator())
    assert draws.shape == (3, 0)
    assert torch.equal(AsStored().batch(rows, draws), rows)


def test_pictures_keep_their_pixels() -> None:
    picture = Image.new("RGB", (4, 2), (1, 2, 3))
    pixels = AsStored().image(picture, torch.empty(0))
    assert pixels.shape == (2, 4, 3)
    assert (pixels == torch.tensor([1, 2, 3])).all()
