import torch
from torch.testing import assert_close

from counterpoise.detection.small_maps import SmallMaps


def test_strides_and_channels() -> None:
    maps = SmallMaps()(torch.rand(2, 3, 64, 96))
    assert [tuple(found.shape) for found in maps] == [(2, 32, 16, 24), (2, 64, 8, 12), (2, 128, 4, 6)]


def test_an_image_has_the_same_maps_alone_and_in_a_batch() -> None:
    maps, images = SmallMaps().train(), torch.rand(2, 3, 32, 32)
    for alone, together in zip(maps(images[:1]), maps(images), strict=True):
        assert_close(together[:1], alone)
