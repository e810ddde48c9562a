import torch
from torch.testing import assert_close

from counterpoise.detection.pooling import region_pool


def ramp(size: int, stride: int) -> torch.Tensor:
    """A map that says where its places lie in the image, in pixels from the left."""
    return (stride * (torch.arange(size // stride) + 0.5)).expand(1, 1, size // stride, -1)


def test_a_region_has_the_features_of_its_place_whatever_the_padding() -> None:
    maps, box = {"0": ramp(96, 4), "1": ramp(96, 8)}, torch.tensor([[20.0, 20, 40, 40]])
    cut = region_pool(2, 4)(maps, [box], [(65, 65)])
    assert_close(cut[0, 0, 0], torch.tensor([22.5, 27.5, 32.5, 37.5]) + 2, atol=0.01, rtol=0)


def test_large_regions_are_cut_out_of_coarse_maps() -> None:
    maps = {"0": torch.zeros(1, 1, 128, 128), "1": torch.ones(1, 1, 64, 64)}
    boxes = torch.tensor([[0.0, 0, 100, 100], [0, 0, 300, 300]])
    cut = region_pool(2, 2)(maps, [boxes], [(512, 512)])
    assert cut.flatten(1).mean(dim=1).tolist() == [0, 1]
