"""Backbones by name."""

import pytest

from counterpoise.backbones import CifarResNet32, SmallCNN, TwoBranchCifarResNet32, image_backbone
from counterpoise.errors import InputError


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("small_cnn", SmallCNN),
        ("resnet32", CifarResNet32),
        ("resnet32_two_branch", TwoBranchCifarResNet32),
    ],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_our_own_backbones_have_names(name: str, kind: type, channels: int) -> None:
    backbone = image_backbone(name, (channels, 32, 32))
    assert type(backbone) is kind
    assert backbone.conv1.in_channels == channels  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize(
    ("size", "kind"),
    [(8, "SmallCNN"), (16, "SmallCNN"), (17, "TwoBranchCifarResNet32"), (64, "TwoBranchCifarResNet32")],
)
def test_auto_goes_by_the_size_of_the_images(size: int, kind: str) -> None:
    assert type(image_backbone("auto", (3, size, size))).__name__ == kind


def test_auto_takes_a_resnet50_for_large_images(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(
        "counterpoise.backbones.timm_backbone", lambda name, **options: asked.append((name, options))
    )
    image_backbone("auto", (3, 65, 65))
    assert asked == [("resnet50", {"channels": 3, "size": 65, "pretrained": False})]


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(InputError, match="expected resnet32, resnet32_two_branch, small_cnn or a timm model"):
        image_backbone("resnet31", (3, 32, 32))
