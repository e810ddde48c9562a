from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from counterpoise.backbones import (
    CifarResNet32,
    ExpertBackbone,
    SmallCNN,
    expert_backbone,
    expert_cifar_resnet32,
    expert_resnet,
    expert_small_cnn,
    timm_backbone,
)
from counterpoise.errors import InputError

NAMES = {"small_cnn": (16, 48), "resnet32": (32, 48), "resnet10t": (40, 384), "test_resnet": (40, 72)}
every_backbone = pytest.mark.parametrize(
    ("name", "size", "features"), [(name, *facts) for name, facts in NAMES.items()]
)


def images(size: int, channels: int = 3) -> Tensor:
    return torch.rand(4, channels, size, size)


@every_backbone
def test_features_are_those_of_all_experts_side_by_side(name: str, size: int, features: int) -> None:
    backbone = expert_backbone(name, (3, size, size)).eval()
    with torch.no_grad():
        found = backbone(given := images(size))
        apart = [expert(backbone.trunk(given)) for expert in backbone.experts]
    assert found.shape == (4, 3 * features)
    assert (backbone.num_experts, backbone.num_features) == (3, 3 * features)
    assert_close(found, torch.cat(apart, dim=1))
    assert not torch.allclose(apart[0], apart[1]), "the experts start apart"


@every_backbone
def test_an_expert_moves_the_trunk_and_itself_only(name: str, size: int, features: int) -> None:
    backbone = expert_backbone(name, (3, size, size), experts=2)
    backbone(images(size))[:, features:].square().sum().backward()
    gradients = {key: parameter.grad for key, parameter in backbone.named_parameters()}
    moved = {key for key, gradient in gradients.items() if gradient is not None and gradient.any()}
    assert any(key.startswith("trunk.") for key in moved)
    assert any(key.startswith("experts.1.") for key in moved)
    assert not any(key.startswith("experts.0.") for key in moved)


@pytest.mark.parametrize(
    ("plain", "backbone", "size"),
    [
        (SmallCNN(3), expert_small_cnn(3, experts=2, width=1), 8),
        (CifarResNet32(), expert_cifar_resnet32(experts=2, width=1), 16),
        (
            timm_backbone("resnet10t", channels=3, size=32, pretrained=False),
            expert_resnet("resnet10t", channels=3, size=32, experts=2, width=1),
            32,
        ),
    ],
    ids=["small_cnn", "resnet32", "resnet10t"],
)
def test_with_its_weights_an_expert_of_full_width_is_the_plain_net(
    plain: nn.Module, backbone: ExpertBackbone, size: int
) -> None:
    for expert in backbone.experts:
        given = iter(plain.eval().state_dict().values())
        for part in (backbone.trunk.eval(), expert.eval()):
            part.load_state_dict({key: next(given) for key in part.state_dict()})
        assert next(given, None) is None
    found, wanted = backbone(pictures := images(size)), plain(pictures)
    assert_close(found, wanted.repeat(1, 2))


def test_experts_of_resnet32_have_the_widths_of_the_release() -> None:
    (first, *_) = expert_cifar_resnet32().experts
    widths = {name: tensor.shape[0] for name, tensor in first.named_parameters() if "conv2" in name}
    assert set(widths.values()) == {24, 48}


def test_experts_of_a_resnext_have_the_widths_of_the_release() -> None:
    with torch.device("meta"):
        (first, *_) = expert_resnet("resnext50_32x4d", channels=3, size=224, experts=1).experts
    names = ("layer3.0.conv2.weight", "layer4.0.conv2.weight", "layer4.2.bn3.weight")
    assert [first.state_dict()[name].shape[0] for name in names] == [384, 768, 1536]


def test_pretrained_weights_start_the_trunk_and_experts_of_full_width(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Weights that are had are those of a seed."""

    def pretrained_backbone(name: str, *, pretrained: bool, **options: Any) -> nn.Module:
        assert pretrained
        torch.manual_seed(5)
        return timm_backbone(name, pretrained=False, **options)

    monkeypatch.setattr("counterpoise.backbones.experts.timm_backbone", pretrained_backbone)
    had = pretrained_backbone("resnet10t", pretrained=True, channels=3, size=32).state_dict()
    options = {"channels": 3, "size": 32, "pretrained": True}
    for width in (0.75, 1.0):
        backbone = expert_resnet("resnet10t", **options, experts=2, width=width)
        assert torch.equal(backbone.trunk.state_dict()["layer2.0.conv1.weight"], had["layer2.0.conv1.weight"])
        last = [expert.state_dict()["layer4.0.conv1.weight"] for expert in backbone.experts]
        assert all(torch.equal(one, had["layer4.0.conv1.weight"]) for one in last) == (width == 1)


@pytest.mark.parametrize(("size", "features"), [(8, 48), (16, 48), (32, 48), (64, 48)])
def test_auto_goes_by_the_size(size: int, features: int) -> None:
    with torch.device("meta"):
        backbone = expert_backbone("auto", (1, size, size))
    kind = nn.Linear if size <= 16 else nn.BatchNorm2d
    assert any(isinstance(module, kind) for module in backbone.modules())
    assert backbone.num_features == 3 * features


@pytest.mark.parametrize("name", ["test_vit", "test_convnext"])
def test_a_net_that_is_no_resnet_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=f"and timm's ResNets, but {name} came; choose one of them"):
        expert_backbone(name, (3, 32, 32))


@pytest.mark.parametrize("width", [0, -0.5, 1.5, float("nan")])
def test_a_width_is_a_share(width: float) -> None:
    with pytest.raises(InputError, match=f"width must lie in 0 < width <= 1, but {width} came"):
        expert_small_cnn(width=width)


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
def test_widths_that_cannot_be_built_are_refused() -> None:
    with pytest.raises(InputError, match=r"width 0\.3 gives 10 and 19; the release"):
        expert_cifar_resnet32(width=0.3)
    with pytest.raises(InputError, match=r"no channels are left of resnext50_32x4d at width 0\.01"):
        expert_resnet("resnext50_32x4d", channels=3, size=32, width=0.01)


def test_experts_need_equal_shares() -> None:
    with pytest.raises(InputError, match=r"10 features .* but 3 experts came"):
        ExpertBackbone(nn.Identity(), [nn.Identity()] * 3, num_features=10)
    with pytest.raises(InputError, match="but 0 experts came"):
        expert_small_cnn(experts=0)
