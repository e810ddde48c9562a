from types import SimpleNamespace

import pytest
import timm
import torch
from huggingface_hub.errors import HfHubHTTPError

from counterpoise.backbones import timm as ours
from counterpoise.backbones import timm_backbone
from counterpoise.backbones.timm import require_reachable, takes_size
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

    monkeypatch.setattr(ours, "require_reachable", lambda name: None)
    monkeypatch.setattr(timm, "create_model", unreachable)
    with pytest.raises(InputError) as caught:
        timm_backbone("test_resnet", channels=3, size=32, pretrained=True)
    assert str(caught.value) == "cannot build test_resnet (with pretrained weights): no network at all"


def hub(
    monkeypatch: pytest.MonkeyPatch, *, cached: str | None = None, error: Exception | None = None
) -> list[str]:
    """A made-up hub; the addresses that it is asked for."""
    asked: list[str] = []

    def metadata(url: str, timeout: float) -> None:
        asked.append(url)
        if error:
            raise error

    monkeypatch.setattr(ours, "try_to_load_from_cache", lambda repository, file: cached)
    monkeypatch.setattr(ours, "get_hf_file_metadata", metadata)
    return asked


def test_a_hub_out_of_reach_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = hub(monkeypatch, error=ConnectionError("no name\nknown"))
    with pytest.raises(
        InputError, match=r"weights of resnet18 are not here .*: no name known; check the network"
    ):
        timm_backbone("resnet18", channels=3, size=32, pretrained=True)
    assert len(asked) == 1
    assert "resnet18" in asked[0]


def test_what_the_hub_answers_is_left_to_timm(monkeypatch: pytest.MonkeyPatch) -> None:
    response = SimpleNamespace(headers={}, request=None)
    asked = hub(monkeypatch, error=HfHubHTTPError("no such file", response=response))  # pyright: ignore
    require_reachable("resnet18")
    assert len(asked) == 1


def test_weights_in_the_cache_are_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert hub(monkeypatch, cached="/somewhere") == []
    require_reachable("resnet18")
