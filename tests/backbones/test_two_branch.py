import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from counterpoise.backbones import (
    Branching,
    SmallCNN,
    TwoBranch,
    TwoBranchCifarResNet32,
    timm_backbone,
    two_branch_backbone,
    two_branch_resnet,
    two_branch_small_cnn,
)
from counterpoise.errors import InputError

NAMES = {"small_cnn": 16, "resnet32": 32, "test_resnet": 40, "resnet10t": 40}
every_backbone = pytest.mark.parametrize(("name", "size"), NAMES.items())


def images(size: int, channels: int = 3) -> Tensor:
    return torch.rand(4, channels, size, size)


@every_backbone
def test_features_are_those_of_both_branches_side_by_side(name: str, size: int) -> None:
    backbone = two_branch_backbone(name, (3, size, size)).eval()
    assert isinstance(backbone, Branching)
    with torch.no_grad():
        whole = backbone(given := images(size))
        halves = [backbone.conventional_features(given), backbone.rebalancing_features(given)]
    assert whole.shape == (4, backbone.num_features)
    assert_close(whole, torch.cat(halves, dim=1))
    assert halves[0].shape == halves[1].shape
    assert not torch.allclose(halves[0], halves[1]), "the branches start apart"


@every_backbone
def test_a_branch_alone_moves_the_trunk_and_itself_only(name: str, size: int) -> None:
    backbone = two_branch_backbone(name, (3, size, size))
    backbone.conventional_features(images(size)).square().sum().backward()
    moved = {key for key, parameter in backbone.named_parameters() if parameter.grad is not None}
    assert {key for key, _ in backbone.named_parameters()} - moved == {
        key for key, _ in backbone.named_parameters() if key.startswith("rebalancing.")
    }
    assert any(key.startswith("conventional.") for key in moved)


@pytest.mark.parametrize(
    ("name", "size", "kind"),
    [
        ("auto", 8, TwoBranch),
        ("auto", 16, TwoBranch),
        ("auto", 17, TwoBranchCifarResNet32),
        ("auto", 64, TwoBranchCifarResNet32),
        ("resnet32", 224, TwoBranchCifarResNet32),
        ("resnet32_two_branch", 8, TwoBranchCifarResNet32),
        ("small_cnn", 32, TwoBranch),
    ],
)
def test_backbones_have_names_and_auto_goes_by_size(name: str, size: int, kind: type) -> None:
    assert type(two_branch_backbone(name, (1, size, size))) is kind


def test_auto_takes_a_resnet50_for_large_images(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(
        "counterpoise.backbones.two_branch_resnet", lambda name, **options: asked.append((name, options))
    )
    two_branch_backbone("auto", (3, 65, 65), pretrained=True)
    assert asked == [("resnet50", {"channels": 3, "size": 65, "pretrained": True})]


def test_the_small_net_has_its_hidden_layer_twice() -> None:
    branched, plain, given = two_branch_small_cnn(), SmallCNN(), images(8, channels=1)
    for branch, features in (
        (branched.conventional, branched.conventional_features),
        (branched.rebalancing, branched.rebalancing_features),
    ):
        hidden = branch[0].state_dict(prefix="hidden.")  # pyright: ignore[reportIndexIssue]
        plain.load_state_dict({**branched.trunk.state_dict(), **hidden})
        assert_close(features(given), plain(given))


def test_a_resnet_has_its_last_block_twice() -> None:
    """Both branches with the plain net's block give the plain net's features."""
    plain = timm_backbone("resnet18", channels=3, size=32, pretrained=False).eval()
    branched = two_branch_resnet("resnet18", channels=3, size=32, pretrained=False).eval()
    state = plain.state_dict()
    last = {key.removeprefix("layer4.1."): value for key, value in state.items() if "layer4.1." in key}
    branched.trunk.load_state_dict({key: value for key, value in state.items() if "layer4.1." not in key})
    for branch in (branched.conventional, branched.rebalancing):
        branch[0].load_state_dict(last)  # pyright: ignore[reportIndexIssue]
    with torch.no_grad():
        given = images(32)
        assert_close(branched(given), plain(given).repeat(1, 2))
    assert branched.num_features == 1024


def test_pretrained_weights_start_both_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights that are had once are the same every time; here, those of a seed."""

    def pretrained_backbone(name: str, *, pretrained: bool, **options: int) -> nn.Module:
        assert pretrained
        torch.manual_seed(5)
        return timm_backbone(name, pretrained=False, **options)

    monkeypatch.setattr("counterpoise.backbones.two_branch.timm_backbone", pretrained_backbone)
    backbone = two_branch_resnet("test_resnet", channels=1, size=32, pretrained=True)
    pairs = zip(backbone.conventional.parameters(), backbone.rebalancing.parameters(), strict=True)
    assert all(torch.equal(some, other) and some is not other for some, other in pairs)


@pytest.mark.parametrize("name", ["test_vit", "test_convnext", "resnetv2_50"])
def test_a_net_that_is_no_resnet_is_refused(name: str) -> None:
    with pytest.raises(
        InputError, match=f"and timm's ResNets, but {name} came; choose one of them, such as resnet50"
    ):
        two_branch_backbone(name, (3, 32, 32))


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(InputError, match="no backbone 'resnet31'"):
        two_branch_backbone("resnet31", (3, 32, 32))
