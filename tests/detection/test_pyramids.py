from pathlib import Path
from typing import Any

import pytest
import torch
import torchvision
from torch import Tensor

from counterpoise.detection.pyramids import Pyramid, levels, pyramid_of
from counterpoise.errors import InputError
from counterpoise.training.modes import set_modes

EVERYTHING: dict[str, dict[str, Any]] = {"": {}}


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder where torchvision looks for weights first; without network it has nowhere else to go."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))

    def offline(*args: object, **options: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr("torch.hub.download_url_to_file", offline)
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


def maps_of(pyramid: Pyramid) -> dict[str, Tensor]:
    return pyramid(torch.rand(2, 3, 64, 96))


@pytest.mark.parametrize(
    ("name", "width", "depth"), [("auto", 24, 3), ("resnet18", 256, 4), ("mobilenetv3_small_050", 16, 4)]
)
def test_maps_have_doubling_strides_and_one_width(name: str, width: int, depth: int) -> None:
    pyramid = pyramid_of(name, 128, width=width)
    maps = maps_of(pyramid)
    assert levels(pyramid) == depth
    assert pyramid.out_channels == width
    assert [*maps] == [*map(str, range(depth)), "pool"]
    assert [tuple(found.shape) for found in maps.values()][:2] == [(2, width, 16, 24), (2, width, 8, 12)]


def test_gradients_reach_every_parameter() -> None:
    pyramid = pyramid_of("small_cnn", 64, width=16)
    sum(found.square().sum() for found in maps_of(pyramid).values()).backward()  # pyright: ignore
    assert all(one.grad is not None and one.grad.abs().sum() > 0 for one in pyramid.parameters())


def test_pretrained_weights_are_loaded_and_the_first_stage_is_fixed(hub: Path) -> None:
    source = torchvision.models.resnet18()
    source.state_dict()["bn1.running_mean"].fill_(0.5)
    torch.save(source.state_dict(), hub / "resnet18-f37072fd.pth")
    pyramid = pyramid_of("resnet18", 800, width=256, pretrained=True)
    state = pyramid.state_dict()
    for name in ("conv1.weight", "bn1.running_mean", "layer4.1.conv2.weight"):
        assert torch.equal(state[f"body.{name}"], source.state_dict()[name])
    trained = {name.split(".")[1] for name, _ in pyramid.named_parameters() if name.startswith("body.")}
    assert trained == {"layer2", "layer3", "layer4"}


def test_no_stage_of_training_moves_what_is_fixed(hub: Path) -> None:
    torch.save(torchvision.models.resnet18().state_dict(), hub / "resnet18-f37072fd.pth")
    pyramid = pyramid_of("resnet18", 800, width=256, pretrained=True)
    net = torch.nn.ModuleDict({"backbone": pyramid})
    set_modes(net, {"backbone": {}})
    before = {name: tensor.clone() for name, tensor in pyramid.state_dict().items()}
    optimizer = torch.optim.SGD([one for one in net.parameters() if one.requires_grad], 0.1)
    sum(found.square().mean() for found in maps_of(pyramid).values()).backward()  # pyright: ignore
    optimizer.step()
    moved = {name for name, tensor in pyramid.state_dict().items() if not torch.equal(tensor, before[name])}
    assert moved
    assert not [name for name in moved if name.startswith(("body.conv1", "body.bn1", "body.layer1"))]
    assert not [name for name in moved if "running" in name]


def test_batch_norms_of_a_fresh_net_learn() -> None:
    pyramid = pyramid_of("resnet18", 800, width=256)
    assert "body.bn1.weight" in dict(pyramid.named_parameters())
    assert "body.conv1.weight" in dict(pyramid.named_parameters())


def test_weights_that_cannot_be_had_are_one_line(hub: Path) -> None:
    with pytest.raises(
        InputError, match=r"pretrained weights of resnet50: .*no route to host.*go online"
    ) as error:
        pyramid_of("resnet50", 800, width=256, pretrained=True)
    assert "\n" not in str(error.value)


def test_batch_norms_of_a_pretrained_timm_model_are_fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    import timm

    monkeypatch.setattr("counterpoise.backbones.timm.require_reachable", lambda name: None)
    real = timm.create_model
    monkeypatch.setattr(timm, "create_model", lambda *a, **o: real(*a, **{**o, "pretrained": False}))
    pyramid = pyramid_of("mobilenetv3_small_050", 128, width=16, pretrained=True)
    before = {name: one.clone() for name, one in pyramid.named_buffers()}
    assert any("running_mean" in name for name in before)
    maps_of(pyramid)
    assert all(torch.equal(one, before[name]) for name, one in pyramid.named_buffers())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("vit_small_patch16_224", "is for one size"),
        ("resnet_50", "did you mean"),
    ],
)
def test_backbones_that_do_not_fit_are_refused(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        pyramid_of(name, 128, width=16)


def test_the_small_net_has_no_pretrained_weights() -> None:
    with pytest.raises(InputError, match="small_cnn has no pretrained weights"):
        pyramid_of("auto", 128, width=16, pretrained=True)
