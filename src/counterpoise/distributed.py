"""The only place that talks to other processes; with one process every function is the identity."""

import torch
import torch.distributed as dist
from torch import Tensor


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
