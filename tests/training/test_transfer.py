from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from counterpoise.backbones import CifarResNet32
from counterpoise.classifiers import CosineClassifier, LinearClassifier
from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.training.checkpoint import save_tensors, state_of
from counterpoise.training.transfer import backbone_weights, read_weights, transferred


class Mixer(nn.Module):
    """A backbone whose names contain "fc" and "linear", as those of a transformer."""

    def __init__(self) -> None:
        super().__init__()
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(4, 4), "linear": nn.Linear(4, 4)})
        self.norm = nn.BatchNorm1d(4)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 4) -> (B, 4)."""
        return self.norm(self.mlp["linear"](self.mlp["fc1"](x)))


def net(seed: int) -> Net:
    torch.manual_seed(seed)
    made = Net(Mixer(), LinearClassifier(4, 3))
    made.backbone(torch.randn(8, 4))
    return made


def pretrained() -> dict[str, Tensor]:
    """The weights of a pretext's net as plain names, with its classifier fc."""
    made = net(1)
    return made.backbone.state_dict() | {"fc.weight": torch.ones(4, 4), "fc.bias": torch.ones(4)}


def test_the_backbone_is_loaded_and_the_classifier_stays_fresh() -> None:
    target, weights = net(0), pretrained()
    classifier = target.classifier.state_dict()["linear.weight"].clone()
    told = transferred(target, weights)
    for name, tensor in target.backbone.state_dict().items():
        assert torch.equal(tensor, weights[name]), name
    assert torch.equal(target.classifier.state_dict()["linear.weight"], classifier)
    assert set(told.loaded) == set(weights) - {"fc.weight", "fc.bias"}
    assert {"mlp.fc1.weight", "mlp.linear.bias", "norm.running_var"} <= set(told.loaded)
    assert told.missing == ()
    assert told.fresh == ("classifier.linear.weight", "classifier.linear.bias")
    assert told.unused == ("fc.weight", "fc.bias")
    assert told.told == (
        "loaded 9 of 9 tensors of the backbone; fc.weight, fc.bias of the file stay unused; the classifier is fresh"
    )
    assert all(parameter.requires_grad for parameter in target.parameters())


@pytest.mark.parametrize(
    "start",
    ["net/backbone.", "backbone.", "module.encoder_q.", "encoder_q.", "module.backbone.", "module.", ""],
)
def test_every_known_layout_is_read(start: str) -> None:
    weights, target = pretrained(), net(0)
    told = transferred(target, {f"{start}{name}": tensor for name, tensor in weights.items()})
    assert len(told.loaded) == 9
    assert torch.equal(target.backbone.state_dict()["mlp.fc1.weight"], weights["mlp.fc1.weight"])


def test_of_moco_the_query_encoder_alone_is_read() -> None:
    weights = {
        "module.encoder_q.conv1.weight": torch.zeros(1),
        "module.encoder_q.fc.0.weight": torch.zeros(1),
        "module.encoder_k.conv1.weight": torch.ones(1),
        "module.queue": torch.ones(1),
        "module.queue_ptr": torch.ones(1),
    }
    found = backbone_weights(weights)
    assert list(found) == ["conv1.weight", "fc.0.weight"]
    assert found["conv1.weight"] == 0


def test_a_checkpoint_of_a_run_is_read_without_its_classifier(tmp_path: Path) -> None:
    trained, target = net(1), net(0)
    save_tensors(tmp_path / "end.safetensors", state_of(net=trained, objective=nn.Linear(2, 2)), {"rows": []})
    told = transferred(target, read_weights(tmp_path / "end.safetensors"))
    assert len(told.loaded) == 9
    assert told.missing == told.unused == ()
    x = torch.randn(5, 4)
    assert torch.equal(target.eval().features(x), trained.eval().features(x))


def test_what_the_file_lacks_is_told() -> None:
    weights = {name: tensor for name, tensor in pretrained().items() if not name.startswith("norm.")}
    target = net(0)
    start = target.backbone.state_dict()["norm.running_mean"].clone()
    told = transferred(target, weights)
    assert [name.partition(".")[0] for name in told.missing] == ["norm"] * 5
    assert "loaded 4 of 9 tensors" in told.told
    assert "the file lacks norm.weight, norm.bias, norm.running_mean and 2 more" in told.told
    assert torch.equal(target.backbone.state_dict()["norm.running_mean"], start)


def test_weights_of_another_backbone_are_refused() -> None:
    target = net(0)
    before = {name: tensor.clone() for name, tensor in target.state_dict().items()}
    with pytest.raises(
        InputError, match=r"no tensor .* it has mlp.fc1.weight, .* have conv1.weight, bn1.weight"
    ):
        transferred(target, CifarResNet32().state_dict())
    with pytest.raises(
        InputError, match=r"norm.weight of the weights has the shape \(5,\), but .* has \(4,\)"
    ):
        transferred(target, pretrained() | {"norm.weight": torch.ones(5)})
    assert all(torch.equal(tensor, before[name]) for name, tensor in target.state_dict().items())


def test_a_head_alone_is_no_backbone() -> None:
    with pytest.raises(InputError, match="no tensor of the weights belongs to this backbone"):
        transferred(net(0), {"fc.weight": torch.ones(4, 4)})


def test_another_classifier_over_the_same_backbone_is_fresh() -> None:
    target = Net(CifarResNet32(), CosineClassifier(64, 10))
    told = transferred(target, CifarResNet32().state_dict())
    assert told.fresh == ("classifier.weight",)
    assert len(told.loaded) == len(target.backbone.state_dict())


def test_a_file_is_read_back(tmp_path: Path) -> None:
    weights = pretrained()
    save_file(weights, tmp_path / "weights.safetensors")
    read = read_weights(tmp_path / "weights.safetensors")
    assert read.keys() == weights.keys()
    assert all(torch.equal(read[name], tensor) for name, tensor in weights.items())


@pytest.mark.parametrize("name", ["moco.pth", "net.pt", "last.ckpt", "ckpt.pth.tar", "weights"])
def test_a_pickle_is_never_read(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"not to be opened")
    with pytest.raises(
        InputError, match=r"a pickle can run code .*save_file\(torch.load\(FILE, weights_only=True\)"
    ):
        read_weights(tmp_path / name)


def test_a_file_that_is_missing_or_damaged_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read the weights .*none\.safetensors"):
        read_weights(tmp_path / "none.safetensors")
    (tmp_path / "half.safetensors").write_bytes(b"\x10\x00")
    with pytest.raises(InputError, match=r"cannot read the weights .*half\.safetensors"):
        read_weights(tmp_path / "half.safetensors")
