"""Checkpoints: safetensors files, written atomically, that hold all that a stage needs to go on."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from counterpoise.distributed import rank, shared_out_like, whole
from counterpoise.errors import InputError
from counterpoise.files import write_bytes


def save_tensors(path: Path, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
    """Write tensors and JSON facts in one atomic step."""
    owned = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    write_bytes(path, save(owned, metadata={"facts": json.dumps(facts)}))


def load_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what `save_tensors` wrote.

    Raises:
        InputError: the file is missing or damaged.
    """
    try:
        with safe_open(path, framework="pt") as file:
            facts = json.loads((file.metadata() or {}).get("facts", "{}"))
            return {name: file.get_tensor(name) for name in file.keys()}, facts  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise InputError(f"cannot read the weights {path}: {error}; delete the file to begin anew") from error


def gathered(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors whole and on the CPU of the first process, none on the others; all of them must ask."""
    found: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        one = whole(tensor.detach())
        if rank() == 0:
            found[name] = one.cpu()
    return found


def state_of(**modules: nn.Module) -> dict[str, Tensor]:
    """Parameters and buffers of several modules in one flat dict."""
    return {f"{key}/{name}": t for key, module in modules.items() for name, t in module.state_dict().items()}


def restore(tensors: dict[str, Tensor], **modules: nn.Module) -> None:
    """Put the state of `state_of` back.

    Raises:
        InputError: the tensors belong to modules of another make.
    """
    for key, module in modules.items():
        state = {n.removeprefix(f"{key}/"): t for n, t in tensors.items() if n.startswith(f"{key}/")}
        try:
            module.load_state_dict(state)
        except RuntimeError as error:
            reason = " ".join(str(error).split())[:300]
            raise InputError(f"the saved weights do not fit this {key}: {reason}") from error


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """An optimizer's state as tensors and JSON facts."""
    state = optimizer.state_dict()
    tensors = {
        f"optimizer/{number}/{key}": value
        for number, values in state["state"].items()
        for key, value in values.items()
        if isinstance(value, Tensor)
    }
    return tensors, {"groups": state["param_groups"]}


def optimizer_state(tensors: dict[str, Tensor], facts: dict[str, Any]) -> dict[str, Any]:
    """The inverse of `optimizer_tensors`, for `load_optimizer`."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimizer/"):
            _, number, key = name.split("/")
            state.setdefault(int(number), {})[key] = tensor
    return {"state": state, "param_groups": facts["groups"]}


def load_optimizer(optimizer: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """``optimizer.load_state_dict`` of whole tensors, also where a process has a share of each parameter."""
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    own = {
        number: {key: shared_out_like(tensor, parameters[number]) for key, tensor in tensors.items()}
        for number, tensors in state["state"].items()
    }
    optimizer.load_state_dict({**state, "state": own})
