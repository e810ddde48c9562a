import math
from itertools import product

import pytest
import torch
from PIL import Image

from counterpoise.data.augmentation import GridShift
from counterpoise.data.grid import Grid
from counterpoise.errors import InputError

GRID = Grid(8, 4, counts=True)


def shifting(**options: object) -> GridShift:
    return GridShift(16, (0.0,) * 3, (1.0,) * 3, GRID, **{"shift": 2, "flip": True, **options})  # pyright: ignore


def dots(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """White pixels on black, and how many lie in each cell."""
    white = torch.rand(count, 16, 16) < 0.2
    cells = torch.zeros(count, 4, 4)
    for image, row, column in white.nonzero().tolist():
        cells[image, row // 4, column // 4] += 1
    return (255 * white)[..., None].expand(-1, -1, -1, 3).to(torch.uint8), cells


def test_the_map_follows_the_picture_for_every_draw() -> None:
    draws = torch.tensor(list(product(range(5), range(5), range(2))))
    images, cells = (one.repeat(len(draws), *[1] * (one.ndim - 1)) for one in dots(1))
    moved = shifting().change(images, draws)
    counts = (moved[..., 0] > 0).view(-1, 2, 8, 2, 8).sum(dim=(2, 4))
    assert torch.equal(shifting().targets(cells, draws), counts.float())


def test_the_middle_draw_leaves_the_picture() -> None:
    images, cells = dots(2)
    draws = torch.tensor([[2, 2, 0]] * 2)
    assert torch.equal(shifting().change(images, draws), images)
    assert torch.equal(shifting().targets(cells, draws), GRID.places(cells))


def test_all_shifts_and_both_sides_are_drawn() -> None:
    draws = shifting().draw(2000, torch.Generator().manual_seed(0))
    assert draws.unique(dim=0).shape == (5 * 5 * 2, 3)
    still = shifting(shift=0, flip=False).draw(50, torch.Generator().manual_seed(0))
    assert not still.any()


def test_unknown_values_stay_unknown_when_mirrored() -> None:
    mirror = GridShift(16, (0.0,), (1.0,), Grid(8, 8, counts=False), flip=True)
    depths = torch.tensor([[[1.0, math.nan], [2.0, 3.0]]])
    found = mirror.targets(depths, torch.tensor([[0, 0, 1]]))
    assert torch.equal(found.nan_to_num(-1), torch.tensor([[[-1.0, 1.0], [3.0, 2.0]]]))


def test_targets_of_unlabeled_images_stay() -> None:
    nothing = torch.zeros(3, dtype=torch.int64)
    assert shifting().targets(nothing, torch.zeros(3, 3, dtype=torch.int64)) is nothing


def test_a_file_is_placed_before_it_is_moved() -> None:
    picture = Image.new("RGB", (16, 8), "white")
    found = shifting().image(picture, torch.tensor([2, 2, 0]))
    assert found.shape == (16, 16, 3) and found[:8].eq(255).all() and found[8:].eq(0).all()


def test_packed_images_must_have_the_size() -> None:
    with pytest.raises(InputError, match="16 x 16"):
        shifting().change(torch.zeros(1, 8, 8, 3, dtype=torch.uint8), torch.tensor([[2, 2, 0]]))
