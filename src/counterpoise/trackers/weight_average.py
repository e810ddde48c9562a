"""A second copy of a module whose weights follow the first at a distance."""

import copy
from typing import TypeVar

import torch
from torch import nn

Module = TypeVar("Module", bound=nn.Module)


def frozen_copy(module: Module) -> Module:
    """The same module with parameters of its own that get no gradient."""
    return copy.deepcopy(module).requires_grad_(False)


@torch.no_grad()
def move_towards(average: nn.Module, module: nn.Module, *, decay: float) -> None:
    """``average <- decay * average + (1 - decay) * module`` for every parameter; buffers are left alone."""
    for mean, newest in zip(average.parameters(), module.parameters(), strict=True):
        mean.mul_(decay).add_(newest.detach(), alpha=1 - decay)


def take_modes(copied: nn.Module, module: nn.Module) -> None:
    """Set each part of a copy to training or evaluation mode as the same part of the original is."""
    for part, original in zip(copied.modules(), module.modules(), strict=True):
        part.training = original.training
