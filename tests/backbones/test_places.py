import pytest
import torch

from counterpoise.backbones import places_backbone
from counterpoise.backbones.places import map_strides
from counterpoise.errors import InputError


@pytest.mark.parametrize(("stride", "side", "width"), [(32, 2, 96), (16, 4, 128), (4, 16, 128)])
def test_each_place_has_features(stride: int, side: int, width: int) -> None:
    backbone = places_backbone("test_resnet", (3, 64, 64), stride=stride)
    features = backbone(torch.rand(2, 3, 64, 64))
    assert features.shape == (2 * side * side, width) and backbone.num_features == width


def test_rows_are_image_by_image_and_line_by_line() -> None:
    backbone = places_backbone("test_resnet", (3, 32, 32), stride=16).eval()
    images = torch.rand(2, 3, 32, 32)
    rows, maps = backbone(images), backbone.to_map(images)
    assert torch.equal(rows.view(2, 2, 2, -1)[1, 0, 1], maps[1, :, 0, 1])


def test_every_parameter_learns() -> None:
    backbone = places_backbone("test_resnet", (3, 32, 32), stride=4)
    backbone(torch.rand(4, 3, 32, 32)).square().sum().backward()
    assert all(parameter.grad is not None for parameter in backbone.parameters())


def test_auto_goes_by_the_size() -> None:
    small = places_backbone("auto", (3, 64, 64), stride=32)
    assert small.num_features == 512


def test_grey_images_are_taken() -> None:
    backbone = places_backbone("test_resnet", (1, 32, 32), stride=32)
    assert backbone(torch.rand(2, 1, 32, 32)).shape == (2, 96)


def test_a_stride_that_the_backbone_lacks_is_refused() -> None:
    with pytest.raises(InputError, match="those of test_resnet are 2, 4, 8, 16, 32; choose another --stride"):
        places_backbone("test_resnet", (3, 64, 64), stride=12)


def test_an_unknown_backbone_is_refused() -> None:
    with pytest.raises(InputError, match="no backbone 'resnet19'"):
        map_strides("resnet19")


@pytest.mark.parametrize("name", ["small_cnn", "resnet32"])
def test_our_small_nets_have_no_maps_of_places(name: str) -> None:
    with pytest.raises(InputError, match="places need a convolutional model of timm"):
        places_backbone(name, (3, 32, 32), stride=4)
