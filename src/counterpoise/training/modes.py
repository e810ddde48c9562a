"""Which parts of a net a stage trains."""

from collections.abc import Mapping
from typing import Any

from torch import nn

from counterpoise.errors import InputError


def owner(name: str, trains: Mapping[str, Mapping[str, Any]]) -> str | None:
    """The longest prefix in ``trains`` that owns a parameter or module, None where it is frozen."""
    prefixes = [prefix for prefix in trains if name == prefix or name.startswith(f"{prefix}.")]
    return max(prefixes, key=len, default=None)


def parameter_groups(
    net: nn.Module, objective: nn.Module, trains: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Optimizer groups of the trained parameters; those of the objective's steps form the last one.

    A part without parameters, such as the backbone of embeddings, forms no group.

    Raises:
        InputError: a prefix names no part of the net, or no part that is trained has parameters.
    """
    owned: dict[str, list[nn.Parameter]] = {prefix: [] for prefix in trains}
    for name, parameter in net.named_parameters():
        prefix = owner(name, trains)
        if prefix is not None:
            owned[prefix].append(parameter)
    bare = {name for name, module in net.named_modules() if next(module.parameters(), None) is None}
    empty = [prefix for prefix, some in owned.items() if not some and prefix not in bare] or (
        [] if any(owned.values()) else list(owned)
    )
    if empty:
        raise InputError(f"a stage trains {empty[0]!r}, but the net has no parameter of that name")
    groups = [{"params": parameters, **trains[prefix]} for prefix, parameters in owned.items() if parameters]
    steps = [parameter for parameter in objective.parameters() if parameter.requires_grad]
    return [*groups, {"params": steps}] if steps else groups


def set_modes(net: nn.Module, trains: Mapping[str, Mapping[str, Any]]) -> None:
    """Training mode and gradients for what is trained, evaluation mode and no gradients for all else.

    A module whose own name is not owned but some of whose parts are stays in evaluation mode itself.
    """
    net.eval()
    for name, module in net.named_modules():
        if owner(name, trains) is not None:
            module.training = True
    for name, parameter in net.named_parameters():
        parameter.requires_grad_(owner(name, trains) is not None)
