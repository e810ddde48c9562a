from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from counterpoise.data.samples import ImageFiles, PackedImages, Rows, joined
from counterpoise.errors import InputError


@pytest.fixture
def files(tmp_path: Path) -> ImageFiles:
    for i, (width, height) in enumerate([(12, 9), (9, 12), (9, 9)]):
        pixels = np.full((height, width, 3), 50 * i, dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{i}.png")
    return ImageFiles([str(tmp_path / f"{i}.png") for i in range(3)], canvas=6)


def test_files_are_read_at_the_canvas(files: ImageFiles) -> None:
    images = files.read(torch.tensor([2, 0]))
    assert images.shape == (2, 6, 6, 3)
    assert images[:, 0, 0, 0].tolist() == [100, 0]
    assert files.shape == (3, 6, 6)


def test_a_subset_of_files_keeps_their_order(files: ImageFiles) -> None:
    subset = files.subset(torch.tensor([2, 1]))
    assert len(subset) == 2
    assert subset.read(torch.arange(2))[:, 0, 0, 0].tolist() == [100, 50]


def test_content_is_the_file(files: ImageFiles) -> None:
    assert files.content(1) == Path(files.paths[1]).read_bytes()


def test_packed_images() -> None:
    packed = PackedImages(torch.arange(24, dtype=torch.uint8).view(3, 2, 4, 1))
    assert packed.shape == (1, 2, 4)
    assert len(packed) == 3
    assert torch.equal(packed.subset(torch.tensor([2, 0])).images, packed.read(torch.tensor([2, 0])))
    assert packed.content(1) == bytes(range(8, 16))


@pytest.mark.parametrize("images", [torch.zeros(2, 4, 4, 3), torch.zeros(4, 4, 3, dtype=torch.uint8)])
def test_packed_images_are_bytes_in_four_dimensions(images: torch.Tensor) -> None:
    with pytest.raises(InputError, match="expected packed images as uint8"):
        PackedImages(images)


def test_packed_images_are_joined_in_order() -> None:
    first, second = (torch.full((n, 2, 2, 1), n, dtype=torch.uint8) for n in (3, 2))
    both = joined(PackedImages(first), PackedImages(second))
    assert both.read(torch.arange(5))[:, 0, 0, 0].tolist() == [3, 3, 3, 2, 2]
    assert both.shape == (1, 2, 2)


def test_files_are_joined_in_order_and_placed_alike(files: ImageFiles) -> None:
    placed = ImageFiles(files.paths, 6, lambda picture, size: Image.new("RGB", (size, size), (7, 7, 7)))
    both = joined(placed, files.subset(torch.tensor([2])))
    assert isinstance(both, ImageFiles)
    assert both.paths == (*files.paths, files.paths[2])
    assert both.read(torch.tensor([3]))[0, 0, 0].tolist() == [7, 7, 7]


def test_samples_of_two_kinds_or_shapes_are_not_joined(files: ImageFiles) -> None:
    packed = PackedImages(torch.zeros(1, 6, 6, 3, dtype=torch.uint8))
    others = [
        packed,
        ImageFiles(files.paths, 7),
        Rows(torch.zeros(1, 3)),
    ]
    for other in others:
        with pytest.raises(InputError, match=r"of one kind and shape can be joined.*both as arrays"):
            joined(files, other)
    with pytest.raises(InputError, match=r"PackedImages \(3, 6, 6\) and PackedImages \(1, 6, 6\)"):
        joined(packed, PackedImages(torch.zeros(1, 6, 6, 1, dtype=torch.uint8)))
