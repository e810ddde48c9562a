"""Strips of images by attribute."""

import torch

from counterpoise.data.data import Split
from counterpoise.data.samples import PackedImages
from counterpoise.report.attributes_page import SIDE, side_by_side, strips_of, write_attributes


def pool(classes: int = 2) -> tuple[Split, torch.Tensor, list[str]]:
    """Of each class 20 dark images of the clusters 0 and 1, and 3 light ones of the cluster 2."""
    light = torch.tensor([0] * 20 + [200] * 3).repeat(classes)
    images = light.view(-1, 1, 1, 1).expand(-1, 8, 8, 1).to(torch.uint8)
    targets = torch.arange(classes).repeat_interleave(23)
    names = tuple(str(i) for i in range(len(targets)))
    kinds = [str(kind) for kind in ([0] * 10 + [1] * 10 + [2] * 3) * classes]
    return Split(PackedImages(images), targets, names), (light > 0).long(), kinds


def test_a_strip_shows_the_images_of_its_attribute() -> None:
    split, attributes, kinds = pool()
    dark, light = strips_of(split, 1, attributes, kinds)
    assert (dark.rank, dark.kinds, dark.images) == (0, "0, 1", 20)
    assert (light.rank, light.kinds, light.images) == (1, "2", 3)
    assert dark.picture.size == (12 * SIDE, SIDE) and light.picture.size == (3 * SIDE, SIDE)
    assert dark.picture.getpixel((5, 5)) == (0, 0, 0) and light.picture.getpixel((5, 5)) == (200, 200, 200)


def test_images_keep_their_order() -> None:
    images = torch.tensor([10, 250]).view(2, 1, 1, 1).expand(2, 8, 8, 3).to(torch.uint8)
    row = side_by_side(images)
    assert row.getpixel((8, 8)) == (10,) * 3 and row.getpixel((SIDE + 40, 40)) == (250,) * 3


def test_a_page_shows_at_most_twenty_classes(tmp_path, read_page) -> None:
    split, attributes, kinds = pool(classes=30)
    names = [f"class {label}" for label in range(30)]
    page = read_page(
        write_attributes(tmp_path / "page.html", split, names, attributes=attributes, kinds=kinds)
    )
    assert "20 of 30 classes" in page.text
    assert "Attribute 0: 20 images (0, 1)" in page.text
    assert len([tag for tag, _ in page.tags if tag == "img"]) == 2 * 20
    assert "class 0" in page.text and "class 29" in page.text
