import math

import pytest
import torch
from PIL import Image

from counterpoise.data.grid import Grid, padded
from counterpoise.errors import InputError


def test_counts_of_places_are_sums_of_cells() -> None:
    cells = torch.arange(2 * 4 * 6).view(2, 4, 6).float()
    places = Grid(8, 4, counts=True).places(cells)
    for image in range(2):
        for row in range(2):
            for column in range(3):
                found = sum(
                    cells[image, 2 * row + i, 2 * column + j].item() for i in range(2) for j in range(2)
                )
                assert places[image, row, column] == found
    assert torch.equal(places.sum(dim=(1, 2)), cells.sum(dim=(1, 2)))


def test_cells_that_are_places_stay() -> None:
    cells = torch.rand(2, 3, 3)
    assert torch.equal(Grid(4, 4, counts=False).places(cells), cells)


def test_unknown_values_are_left_out() -> None:
    cells = torch.tensor([[[1.0, math.nan], [2.0, 3.0]]])
    assert Grid(4, 4, counts=False).known(cells).tolist() == [1, 2, 3]


def test_an_image_is_its_count_or_its_mean() -> None:
    values = torch.tensor([[1.0, 2.0, 6.0]])
    assert Grid(4, 4, counts=True).whole(values).item() == 9
    assert Grid(4, 4, counts=False).whole(torch.tensor([[1.0, math.nan, 6.0]])).item() == 3.5


def test_counting_keeps_the_whole_picture_and_measuring_its_centre() -> None:
    picture = Image.new("RGB", (40, 20), "white")
    counted = Grid(4, 4, counts=True).placed(picture, 20)
    measured = Grid(4, 4, counts=False).placed(picture, 20)
    assert counted.size == measured.size == (20, 20)
    assert counted.getpixel((0, 9)) == (255, 255, 255) and counted.getpixel((0, 10)) == (0, 0, 0)
    assert measured.getpixel((19, 19)) == (255, 255, 255)


@pytest.mark.parametrize(("stride", "cell", "counts"), [(8, 3, True), (8, 4, False), (0, 0, True)])
def test_a_place_is_made_of_whole_cells(stride: int, cell: int, counts: bool) -> None:
    with pytest.raises(InputError, match="whole cells"):
        Grid(stride, cell, counts=counts)


@pytest.mark.parametrize(("size", "stride", "wanted"), [(1, 8, 8), (8, 8, 8), (9, 8, 16)])
def test_padded_is_the_next_multiple(size: int, stride: int, wanted: int) -> None:
    assert padded(size, stride) == wanted
