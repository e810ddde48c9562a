"""Which parts of a backbone are shared out; tests/distributed trains with them."""

import pytest
import timm
import torch
from torch import Tensor, nn

from counterpoise.backbones import image_backbone
from counterpoise.classifiers import LinearClassifier
from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.training.sharding import Sharding, blocks, put_in_place, size


def kinds(backbone: nn.Module) -> set[str]:
    """Names of the classes of the blocks."""
    return {type(block).__name__ for block in blocks(backbone)}


@pytest.mark.parametrize(
    ("name", "kind", "count"),
    [
        ("resnet50", "Bottleneck", 16),
        ("vit_base_patch16_224", "Block", 12),
        ("swin_tiny_patch4_window7_224", "SwinTransformerBlock", 12),
    ],
)
def test_blocks_are_those_of_the_paper(name: str, kind: str, count: int) -> None:
    """Also where stages of blocks lie in a Sequential; all but a few parameters are in them."""
    with torch.device("meta"):
        backbone = timm.create_model(name, num_classes=0)
    found = blocks(backbone)
    assert [type(block).__name__ for block in found] == [kind] * count
    assert sum(map(size, found)) > 0.9 * size(backbone)


def test_a_block_with_a_small_sequence_inside_is_one_block() -> None:
    """The shortcut of a residual block is a Sequential."""
    backbone = image_backbone("resnet50", (3, 64, 64))
    assert kinds(backbone) == {"Bottleneck"}
    assert any(isinstance(part, nn.Sequential) for part in blocks(backbone)[0].children())


def layered() -> nn.Module:
    """A block of one layer and an activation."""
    return nn.Sequential(nn.Linear(2, 2), nn.ReLU())


def test_lists_are_looked_into() -> None:
    inner, last = nn.ModuleList([layered(), layered()]), layered()
    assert blocks(nn.ModuleList([inner, last])) == [*inner, last]


def test_a_single_layer_is_no_block() -> None:
    """A mask branch reads the weights of its last layer without calling it."""
    assert blocks(nn.Sequential(nn.Conv2d(2, 2, 1), nn.ReLU(), nn.Conv2d(2, 3, 1))) == []


def test_what_two_parts_hold_is_in_no_block() -> None:
    first, second, third = layered(), layered(), layered()
    first[0].weight = second[0].weight  # pyright: ignore[reportIndexIssue]
    assert blocks(nn.Sequential(first, second, third, third)) == []
    assert blocks(nn.Sequential(first, second, third)) == [third]


class Twice(nn.Module):
    """Holds a part under two names."""

    def __init__(self, part: nn.Module) -> None:
        super().__init__()
        self.inner, self.also = Net(part, LinearClassifier(2, 3)), part

    def forward(self, x: Tensor) -> Tensor:
        """(B, 2) -> (B, 3)."""
        return self.inner(self.also(x))


def test_a_part_is_replaced_wherever_it_is_held() -> None:
    old, new = nn.Linear(2, 2), nn.Linear(2, 2)
    holder = Twice(old)
    put_in_place(new, old, holder)
    assert holder.also is holder.inner.backbone is new


def test_a_backbone_without_blocks_is_refused() -> None:
    net = Net(image_backbone("small_cnn", (1, 8, 8)), LinearClassifier(64, 3))
    with pytest.raises(InputError, match="but SmallCNN has none; choose --strategy ddp"):
        Sharding(net)
