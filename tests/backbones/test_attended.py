import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from counterpoise.backbones import AttendedBackbone, CifarResNet32, SmallCNN, timm_backbone
from counterpoise.errors import InputError


def test_it_starts_as_the_backbone_under_a_relu_layer() -> None:
    inside, images = SmallCNN(), torch.randn(3, 1, 8, 8)
    backbone = AttendedBackbone(inside, (1, 8, 8))
    assert backbone.num_features == inside.num_features
    assert_close(backbone(images), F.relu(backbone.hidden(inside(images))))


def test_attention_comes_before_the_pooling() -> None:
    inside, images = CifarResNet32().eval(), torch.randn(2, 3, 16, 16)
    backbone = AttendedBackbone(inside, (3, 16, 16))
    torch.nn.init.normal_(backbone.attention.conv_mask.weight)
    pooled = backbone.attention(inside.feature_map(images)).mean(dim=(2, 3))
    assert_close(backbone(images), F.relu(backbone.hidden(pooled)))


def test_the_backbone_below_is_the_very_one() -> None:
    inside = SmallCNN()
    names = {
        id(parameter): name for name, parameter in AttendedBackbone(inside, (1, 8, 8)).named_parameters()
    }
    assert names[id(inside.conv1.weight)] == "backbone.conv1.weight"


def test_models_of_timm_can_attend() -> None:
    model = timm_backbone("test_resnet", channels=1, size=64, pretrained=False)
    backbone = AttendedBackbone(model, (1, 64, 64))
    assert backbone(torch.rand(2, 1, 64, 64)).shape == (2, model.num_features)


def test_a_transformer_is_refused() -> None:
    model = timm_backbone("test_vit", channels=3, size=32, pretrained=False)
    with pytest.raises(InputError, match=r"a backbone with a \(B, C, H, W\) feature map is needed"):
        AttendedBackbone(model, (3, 32, 32))


def test_a_large_map_is_averaged_before_attention() -> None:
    backbone = SmallCNN(1)
    attended = AttendedBackbone(backbone, (1, 32, 32))
    assert attended.attention(torch.rand(2, 32, 8, 8)).shape == (2, 32, 8, 8)
    images = torch.rand(2, 1, 32, 32)
    expected = torch.relu(attended.hidden(backbone(images)))
    torch.testing.assert_close(attended(images), expected)  # attention starts as the identity
