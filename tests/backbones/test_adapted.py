"""Low-rank adapters: beside which layers they are, that they start as nothing, and that they can be merged."""

import sys

import pytest
import timm
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from counterpoise.backbones import MLP, Unchanged, image_backbone
from counterpoise.backbones.adapted import LowRank, adapt, adaptable, is_plain, merged, needed_peft
from counterpoise.errors import InputError

FORM = LowRank(rank=2, alpha=4.0, dropout=0.0)
BACKBONES = {"small_cnn": 8, "resnet32": 16, "vit": 32}


def backbone_and_batch(name: str) -> tuple[nn.Module, Tensor]:
    size = BACKBONES[name]
    made = small_vit() if name == "vit" else image_backbone(name, (3, size, size))
    return made.eval(), torch.rand(3, 3, size, size)


def small_vit() -> nn.Module:
    options = {"img_size": 32, "embed_dim": 24, "depth": 2}
    return timm.create_model("vit_tiny_patch16_224", num_classes=0, **options)


def adapted_backbone(name: str) -> tuple[nn.Module, nn.Module, Tensor]:
    """A plain backbone, the same with adapters that do something, and a batch."""
    pytest.importorskip("peft", reason="low-rank adapters need peft, which is not installed")
    torch.manual_seed(1)
    plain, batch = backbone_and_batch(name)
    torch.manual_seed(1)
    changed, _ = backbone_and_batch(name)
    adapt(changed, adaptable(changed, batch), FORM)
    return plain, changed, batch


every_backbone = pytest.mark.parametrize("name", BACKBONES)


def move(backbone: nn.Module) -> None:
    for name, weight in backbone.named_parameters():
        if ".lora_B." in name:
            nn.init.normal_(weight, std=0.1)


def test_a_transformer_has_them_beside_linear_layers() -> None:
    names = adaptable(*backbone_and_batch("vit"))
    layers = ("attn.qkv", "attn.proj", "mlp.fc1", "mlp.fc2")
    assert names == tuple(f"blocks.{block}.{layer}" for block in range(2) for layer in layers)


def test_a_convolutional_net_has_them_beside_convolutions_and_linear_layers() -> None:
    assert adaptable(*backbone_and_batch("small_cnn")) == ("conv1", "conv2", "hidden")
    assert len(adaptable(*backbone_and_batch("resnet32"))) == 31


def test_which_layers_can_be_said() -> None:
    assert adaptable(*backbone_and_batch("small_cnn"), "linear") == ("hidden",)
    assert "patch_embed.proj" in adaptable(*backbone_and_batch("vit"), "all")
    with pytest.raises(InputError, match="CifarResNet32 has none for layers linear; choose another backbone"):
        adaptable(*backbone_and_batch("resnet32"), "linear")


def test_a_table_has_them_and_embeddings_as_they_are_have_none() -> None:
    assert adaptable(MLP(3), torch.rand(2, 3))
    with pytest.raises(InputError, match="Unchanged has none for layers auto"):
        adaptable(Unchanged(3), torch.rand(2, 3))


class Aside(nn.Module):
    """Has a layer of which it takes the weight alone, one that is never asked, and one in groups."""

    def __init__(self) -> None:
        super().__init__()
        self.read, self.idle, self.plain = nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 4)
        self.grouped = nn.Conv1d(4, 4, 1, groups=2)

    def forward(self, x: Tensor) -> Tensor:
        return self.plain(x @ self.read.weight.T)


def test_a_layer_that_no_batch_passes_through_has_none() -> None:
    assert adaptable(Aside(), torch.rand(2, 4)) == ("plain",)


def test_convolutions_in_groups_and_layers_of_other_kinds_have_none() -> None:
    attention = nn.MultiheadAttention(4, 2)
    assert is_plain(nn.Conv2d(4, 4, 3)) and is_plain(nn.Linear(4, 4))
    assert not is_plain(nn.Conv2d(4, 4, 3, groups=2))
    assert not is_plain(attention.out_proj)


@every_backbone
def test_at_first_they_change_nothing(name: str) -> None:
    plain, changed, batch = adapted_backbone(name)
    assert_close(changed(batch), plain(batch), atol=0, rtol=0)


@every_backbone
def test_each_has_rank_times_the_size_of_its_layer(name: str) -> None:
    plain, changed, batch = adapted_backbone(name)
    layers = [plain.get_submodule(one).weight for one in adaptable(plain, batch)]
    added = sum(weight.numel() for key, weight in changed.named_parameters() if ".lora_" in key)
    assert added == sum(FORM.rank * (weight.shape[0] + weight[0].numel()) for weight in layers)
    total = sum(weight.numel() for weight in changed.parameters())
    assert total == added + sum(weight.numel() for weight in plain.parameters())


@every_backbone
def test_merged_gives_the_same_features_by_plain_layers(name: str) -> None:
    plain, changed, batch = adapted_backbone(name)
    move(changed)
    found = merged(changed)
    assert (changed(batch) - plain(batch)).abs().max() > 1e-3
    assert_close(found(batch), changed(batch), atol=1e-5, rtol=1e-5)
    assert found.state_dict().keys() == plain.state_dict().keys()
    assert any(".lora_A." in key for key, _ in changed.named_parameters())


def test_the_product_is_scaled_by_alpha_over_rank() -> None:
    pytest.importorskip("peft", reason="low-rank adapters need peft, which is not installed")
    net, batch = nn.Sequential(nn.Linear(4, 3)), torch.rand(5, 4)
    before = net(batch)
    adapt(net, ["0"], LowRank(rank=2, alpha=6.0, dropout=0.0))
    move(net)
    weights = dict(net.named_parameters())
    product = weights["0.lora_B.default.weight"] @ weights["0.lora_A.default.weight"]
    assert_close(net(batch), before + 3 * batch @ product.T)


def test_a_name_stands_for_one_layer_alone() -> None:
    """Not for one with the same end."""
    pytest.importorskip("peft", reason="low-rank adapters need peft, which is not installed")
    net = nn.Sequential(nn.Linear(4, 4), nn.Sequential(nn.Linear(4, 4)))
    adapt(net, ["0"], FORM)
    assert [key for key, _ in net.named_parameters() if "lora_A" in key] == ["0.lora_A.default.weight"]


def test_a_net_without_adapters_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "peft", None)
    net = nn.Sequential(nn.Linear(4, 4))
    found = merged(net)
    assert found is not net
    assert torch.equal(found[0].weight, net[0].weight)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"rank": 0}, "rank must be at least 1, but 0 came"),
        ({"alpha": 0.0}, "alpha must be positive, but 0.0 came"),
        ({"dropout": 1.0}, r"dropout must lie in \[0, 1\), but 1.0 came"),
    ],
)
def test_a_number_out_of_range_is_refused(options: dict, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        LowRank(**{"rank": 8, "alpha": 16.0, "dropout": 0.0, **options})


def test_without_peft_the_error_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(InputError, match=r"pip install 'counterpoise\[adapters\]'"):
        needed_peft()
