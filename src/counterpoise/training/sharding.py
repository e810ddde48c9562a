"""Nets larger than a device: while a stage trains, each process keeps a share of their blocks."""

import copy
from collections import Counter
from collections.abc import Iterator
from typing import TypeVar

import lightning as L
from torch import nn

from counterpoise.distributed import is_share, leave_shares_alone, share_out, whole
from counterpoise.errors import InputError
from counterpoise.net import Net

Module = TypeVar("Module", bound=nn.Module)
COVERED = 0.9
"""Share of the parameters of a block from which its own blocks stand for it; ours."""


class Sharding(L.Callback):
    """Shares out the blocks of every backbone that a stage reads, its teachers' too; whole again when it has ended.

    A process keeps its share of their weights, gradients and optimizer states. What is outside of the blocks, among it
    the classifier, the first layer, all buffers and what the steps own, is whole in every process, as under data
    parallelism: steps may read it at any time.

    Args:
        net: the one to train, whole as yet.

    Raises:
        InputError: its backbone has no block.
    """

    def __init__(self, net: Net) -> None:
        if not blocks(net.backbone):
            raise InputError(
                f"--strategy fsdp shares out the blocks of a backbone, but {type(net.backbone).__name__} has none; "
                "choose --strategy ddp"
            )
        self.backbones: list[tuple[nn.Module, nn.Module]] = []

    def setup(self, trainer: L.Trainer, pl_module: L.LightningModule, stage: str) -> None:
        """Lightning's hook: processes have met, and have yet to copy the net to their devices."""
        nets = [module for module in pl_module.modules() if isinstance(module, Net)]
        device = trainer.strategy.root_device.type
        for backbone in dict.fromkeys(net.backbone for net in nets):
            shares = shared_out(backbone, device)
            put_in_place(shares, backbone, pl_module)
            self.backbones.append((backbone, shares))
        leave_shares_alone(pl_module)

    def on_train_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Lightning's hook: the last step is done, and processes can still talk."""
        for backbone, shares in self.backbones:
            gather(backbone, shares)
            put_in_place(backbone, shares, pl_module)


def blocks(backbone: nn.Module) -> list[nn.Module]:
    """The parts of a backbone that do their work alone when they are called: residual and transformer blocks.

    They are the modules of several layers in a Sequential or ModuleList; those inside of one, where they hold nearly
    all of it. What another part also holds is in no block.
    """
    held = Counter(one for _, one in backbone.named_parameters(remove_duplicate=False))
    several = {one for one, times in held.items() if times > 1}
    return [block for block in found_blocks(backbone) if not several & set(block.parameters())]


def found_blocks(part: nn.Module) -> Iterator[nn.Module]:
    """The blocks inside of a part."""
    for child in part.children():
        inner = list(found_blocks(child))
        if is_block(child, part) and sum(map(size, inner)) < COVERED * size(child):
            yield child
        else:
            yield from inner


def is_block(child: nn.Module, part: nn.Module) -> bool:
    """Whether a part calls a child that has parts itself; weights of a single layer may be read without a call."""
    called = isinstance(part, nn.Sequential | nn.ModuleList) and not isinstance(child, nn.ModuleList)
    return called and any(True for _ in child.children())


def size(module: nn.Module) -> int:
    """Number of parameters."""
    return sum(parameter.numel() for parameter in module.parameters())


def shared_out(backbone: Module, device: str) -> Module:
    """The same backbone with shares of its blocks; those of the one that came are empty until `gather` fills them."""
    own = {id(tensor): tensor for tensor in (*backbone.parameters(), *backbone.buffers())}
    shares = copy.deepcopy(backbone, own)
    share_out(shares, blocks(shares), device)
    for parameter, share in zip(backbone.parameters(), shares.parameters(), strict=True):
        if is_share(share):
            parameter.data = parameter.new_empty(0)
    return shares


def gather(backbone: nn.Module, shares: nn.Module) -> None:
    """Fill a backbone from its shares, on the CPU; every process gets the whole."""
    for parameter, share in zip(backbone.parameters(), shares.parameters(), strict=True):
        parameter.data = whole(share.detach()).cpu()
    for buffer, trained in zip(backbone.buffers(), shares.buffers(), strict=True):
        buffer.data = trained.cpu()


def put_in_place(new: nn.Module, old: nn.Module, module: nn.Module) -> None:
    """Hold one module wherever another was held inside of a third."""
    for holder in list(module.modules()):
        for name, child in holder.named_children():
            if child is old:
                setattr(holder, name, new)
