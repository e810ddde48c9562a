"""The only place that talks to other processes; with one process every function is the identity."""

from collections.abc import Sequence

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel


def world_size() -> int:
    """Number of processes that train together."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def rank() -> int:
    """Number of this process, from 0."""
    return dist.get_rank() if dist.is_available() and dist.is_initialized() else 0


def sum_over_processes(tensor: Tensor) -> Tensor:
    """Sum of a tensor over all processes, without gradient; the same shape everywhere."""
    if world_size() == 1:
        return tensor
    total = tensor.detach().clone()
    dist.all_reduce(total)
    return total


def gather_rows(rows: Tensor, total: int) -> Tensor:
    """Undo ``whole[rank::world]``: every process gives its rows, all get the (total, ...) whole."""
    world = world_size()
    if world == 1:
        return rows
    longest = -(-total // world)
    padded = torch.zeros(longest, *rows.shape[1:], dtype=rows.dtype, device=rows.device)
    padded[: len(rows)] = rows
    shares = [torch.empty_like(padded) for _ in range(world)]
    dist.all_gather(shares, padded)
    return torch.stack(shares, dim=1).flatten(0, 1)[:total]


def concatenate_rows(rows: Tensor) -> Tensor:
    """The rows of all processes, those of process 0 first, without gradient; (B, ...) -> (sum of all B, ...)."""
    if world_size() == 1:
        return rows.detach()
    counts = torch.zeros(world_size(), dtype=torch.int64, device=rows.device)
    counts[rank()] = len(rows)
    owned = [rows.new_zeros(int(count), *rows.shape[1:]) for count in sum_over_processes(counts)]
    owned[rank()] = rows
    return sum_over_processes(torch.cat(owned))


def share_out(module: nn.Module, parts: Sequence[nn.Module], device: str) -> None:
    """Leave each process its share of the parameters of some parts of a module; a part is whole while it computes.

    PyTorch's fully sharded data parallelism: a part gathers its parameters when it is called and for its gradient, and
    the gradient is averaged over the processes. All other parameters stay as they are.
    """
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    shared = {parameter for part in parts for parameter in part.parameters()}
    kept = set(module.parameters()) - shared
    for parameter in shared:
        parameter.data = parameter.data.contiguous()
    mesh = init_device_mesh(device, (world_size(),))
    for part in (*parts, module):
        fully_shard(part, mesh=mesh, reshard_after_forward=True, ignored_params=kept)


def leave_shares_alone(module: nn.Module) -> None:
    """Let data parallelism keep in step only what is whole in every process."""
    shares = [name for name, one in module.named_parameters(remove_duplicate=False) if is_share(one)]
    DistributedDataParallel._set_params_and_buffers_to_ignore_for_model(module, shares)


def is_share(tensor: Tensor) -> bool:
    """Whether this process holds its share of a tensor only."""
    from torch.distributed.tensor import DTensor

    return isinstance(tensor, DTensor)


def whole(tensor: Tensor) -> Tensor:
    """A tensor of which each process has a share, or the tensor itself; all processes must ask for the same."""
    return tensor.full_tensor() if is_share(tensor) else tensor  # pyright: ignore[reportAttributeAccessIssue]


def shared_out_like(tensor: Tensor, other: Tensor) -> Tensor:
    """The share of a whole tensor that belongs to a share of another, or the tensor itself."""
    from torch.distributed.tensor import DTensor, distribute_tensor

    if not isinstance(other, DTensor) or tensor.shape != other.shape:
        return tensor
    return distribute_tensor(tensor.to(other.device), other.device_mesh, other.placements, src_data_rank=None)
