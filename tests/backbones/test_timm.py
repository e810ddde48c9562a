import pytest
import timm
import torch

from counterpoise.backbones import timm_backbone
from counterpoise.backbones.timm import takes_size
from counterpoise.errors import InputError


@pytest.mark.parametrize(("name", "channels", "size"), [("test_resnet", 1, 40), ("test_vit", 3, 32)])
def test_a_timm_model_gives_pooled_features(name: str, channels: int, size: int) -> None:
    backbone = timm_backbone(name, channels=channels, size=size, pretrained=False).eval()
    with torch.no_grad():
        features = backbone(torch.randn(2, channels, size, size))
    assert features.shape == (2, backbone.num_features)


def test_a_name_may_carry_the_tag_of_its_weights() -> None:
    tagged = timm_backbone("test_resnet.r160_in1k", channels=3, size=32, pretrained=False)
    plain = timm_backbone("test_resnet", channels=3, size=32, pretrained=False)
    assert tagged.num_features == plain.num_features


def test_only_models_that_depend_on_the_size_are_told_it() -> None:
    assert takes_size("test_vit")
    assert not takes_size("test_resnet")


def test_an_unknown_name_is_refused_with_the_nearest_ones() -> None:
    with pytest.raises(InputError, match=r"no backbone 'resnext50_32x4'.* did you mean resnext50_32x4d"):
        timm_backbone("resnext50_32x4", channels=3, size=32, pretrained=False)


def test_a_name_like_no_other_is_refused_with_the_way_to_the_list() -> None:
    with pytest.raises(InputError, match=r"no backbone '0000'.*timm\.list_models\(\) lists them"):
        timm_backbone("0000", channels=3, size=32, pretrained=False)


def test_weights_that_cannot_be_had_are_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(name: str, **options: object) -> None:
        raise OSError("no network\nat all")

    monkeypatch.setattr(timm, "create_model", unreachable)
    with pytest.raises(InputError) as caught:
        timm_backbone("test_resnet", channels=3, size=32, pretrained=True)
    assert str(caught.value) == "cannot build test_resnet (with pretrained weights): no network at all"
