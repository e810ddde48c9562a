import pytest
import torch
from torch import nn
from torch.testing import assert_close

from counterpoise.backbones import CifarResNet32, SmallCNN, Spatial, TwoBranchCifarResNet32, timm_backbone
from counterpoise.backbones.spatial import map_shape, spatial
from counterpoise.errors import InputError


@pytest.mark.parametrize("kind", [CifarResNet32, SmallCNN, TwoBranchCifarResNet32])
def test_ours_show_their_map_themselves(kind: type) -> None:
    backbone, images = kind(3).eval(), torch.randn(2, 3, 16, 16)
    assert spatial(backbone) is backbone
    assert isinstance(backbone, Spatial)
    with torch.no_grad():
        maps = backbone.feature_map(images)
        assert tuple(maps.shape[1:]) == map_shape(backbone, (3, 16, 16))
        assert_close(backbone.pool(maps), backbone(images), rtol=0, atol=0)


def test_a_map_is_after_a_relu_and_before_the_pooling() -> None:
    backbone, images = TwoBranchCifarResNet32(), torch.randn(2, 3, 32, 32)
    maps = backbone.feature_map(images)
    assert maps.shape == (2, 128, 8, 8)
    assert maps.min() == 0


def test_a_convolutional_model_of_timm_is_wrapped() -> None:
    model, images = (
        timm_backbone("test_resnet", channels=1, size=64, pretrained=False).eval(),
        torch.rand(2, 1, 64, 64),
    )
    backbone = spatial(model)
    assert isinstance(backbone, nn.Module)
    assert map_shape(backbone, (1, 64, 64)) == (backbone.num_features, 2, 2)
    with torch.no_grad():
        assert_close(backbone(images), model(images), rtol=0, atol=0)


def test_looking_for_the_shape_moves_no_batch_statistics() -> None:
    backbone = CifarResNet32().train()
    before = backbone.bn1.running_mean.clone()  # pyright: ignore[reportOptionalMemberAccess]
    map_shape(backbone, (3, 16, 16))
    assert torch.equal(backbone.bn1.running_mean, before)  # pyright: ignore[reportArgumentType]
    assert backbone.bn1.num_batches_tracked == 0


@pytest.mark.parametrize(("name", "what"), [("test_vit", "(1, 101, 64)"), ("test_mambaout", "(1, 5, 5, 64)")])
def test_one_without_such_a_map_is_refused_with_alternatives(name: str, what: str) -> None:
    model = timm_backbone(name, channels=3, size=160, pretrained=False)
    with pytest.raises(InputError) as caught:
        map_shape(spatial(model), (3, 160, 160))
    assert f"has a map of shape {what}; choose resnet32, resnet32_two_branch, small_cnn or" in str(
        caught.value
    )


def test_any_other_module_is_refused() -> None:
    with pytest.raises(InputError, match="Linear has no way to its feature map; choose resnet32"):
        spatial(nn.Linear(3, 3))
