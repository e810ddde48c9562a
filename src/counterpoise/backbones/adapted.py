"""Low-rank adapters in a backbone (LoRA, Hu et al., ICLR 2022), by the package peft."""

import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar, cast, runtime_checkable

import torch
from torch import Tensor, nn

from counterpoise.errors import InputError

Layers = Literal["auto", "linear", "all"]
Module = TypeVar("Module", bound=nn.Module)

TRAINED = ("lora_A", "lora_B", "lora_dropout")
"""What an adapted layer has beside its own weights; the dropout must be in training mode with the rest."""


@dataclass(frozen=True)
class LowRank:
    """The form of adapters: a layer with the weight W computes with ``W + alpha/rank * B A``.

    Attributes:
        rank: rows of A and columns of B.
        alpha: numerator of the scale.
        dropout: share of the inputs of A that is dropped in training.

    Raises:
        InputError: the rank is below 1, alpha is not positive, or dropout is no share below 1.
    """

    rank: int
    alpha: float
    dropout: float

    def __post_init__(self) -> None:
        if self.rank < 1:
            raise InputError(f"rank must be at least 1, but {self.rank} came; 4 to 16 are usual")
        if not self.alpha > 0:
            raise InputError(f"alpha must be positive, but {self.alpha} came; twice the rank is usual")
        if not 0 <= self.dropout < 1:
            raise InputError(f"dropout must lie in [0, 1), but {self.dropout} came; 0 leaves it out")


def adaptable(backbone: nn.Module, example: Tensor, layers: Layers = "auto") -> tuple[str, ...]:
    """Names of the layers that get adapters.

    Taken are plain linear layers and ungrouped convolutions that a batch really passes through: where another module
    reads a layer's weight by itself, as some attention does, an adapter beside that layer would never be asked.

    Args:
        backbone: left as it is, but for its mode, which becomes evaluation.
        example: a batch, (B, ...).
        layers: "linear", "all" (convolutions too), or "auto": linear where the backbone has more linear layers than
            convolutions, as a transformer has, else all.

    Raises:
        InputError: there is none.
    """
    called = layers_called(backbone, example)
    linear = tuple(name for name, layer in called.items() if type(layer) is nn.Linear)
    alone = layers == "linear" or (layers == "auto" and 2 * len(linear) > len(called))
    names = linear if alone else tuple(called)
    if not names:
        raise InputError(
            f"adapters go beside linear layers and convolutions, but {type(backbone).__name__} has none for layers "
            f"{layers}; choose another backbone or all layers"
        )
    return names


def layers_called(backbone: nn.Module, example: Tensor) -> dict[str, nn.Module]:
    """Plain linear layers and ungrouped convolutions that a batch passes through, by name."""
    plain = {name: layer for name, layer in backbone.named_modules() if is_plain(layer)}
    called: set[nn.Module] = set()
    hooks = [layer.register_forward_pre_hook(lambda one, _: called.add(one)) for layer in plain.values()]
    with torch.no_grad():
        backbone.eval()(example)
    for hook in hooks:
        hook.remove()
    return {name: layer for name, layer in plain.items() if layer in called}


def is_plain(layer: nn.Module) -> bool:
    """Whether its weight alone makes what it computes, and an adapter can be merged into it."""
    return type(layer) is nn.Linear or (type(layer) is nn.Conv2d and layer.groups == 1)


def adapt(backbone: nn.Module, names: Sequence[str], form: LowRank) -> None:
    """Put fresh adapters beside layers, in place; at first they change nothing, as B is zero.

    A layer called ``conv`` has its own weight as ``conv.base_layer.weight`` afterwards, and `TRAINED` beside it.

    Raises:
        InputError: peft is not installed.
    """
    peft = needed_peft()
    config = peft.LoraConfig(
        r=form.rank,
        lora_alpha=form.alpha,
        lora_dropout=form.dropout,
        target_modules="|".join(map(re.escape, names)),
    )
    peft.inject_adapter_in_model(config, backbone)


def needed_peft() -> Any:
    """The package.

    Raises:
        InputError: it is not installed.
    """
    try:
        import peft  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise InputError(
            "low-rank adapters need the package peft, which is not here; install it with: pip install "
            "'counterpoise[adapters]'"
        ) from error
    return peft


@runtime_checkable
class Mergeable(Protocol):
    """A layer with adapters beside it, as peft makes them."""

    def merge(self) -> None:
        """Add what the adapters do to the layer's own weight."""
        ...

    def get_base_layer(self) -> nn.Module:
        """The layer itself."""
        ...


def merged(module: Module) -> Module:
    """A copy in which adapters are merged into their layers: as fast as without them, and the same answers to 1e-5.

    Its parameters have the names of the plain backbone. peft is not needed for a module without adapters.
    """
    copied = deepcopy(module)
    for name, layer in [(name, one) for name, one in copied.named_modules() if isinstance(one, Mergeable)]:
        layer.merge()
        copied.set_submodule(name, cast(Mergeable, layer).get_base_layer())
    return copied
