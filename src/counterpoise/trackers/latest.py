"""What is remembered of single samples, the same in every process."""

import torch
from torch import Tensor

from counterpoise.distributed import gather_rows, sum_over_processes


def dealt_rows(rows: Tensor) -> Tensor:
    """A whole batch, of which each process holds every ``world``-th row; no gradient; (B, ...) -> (sum, ...)."""
    total = sum_over_processes(torch.tensor(len(rows), device=rows.device))
    return gather_rows(rows.detach(), int(total))


def last_of_each(index: Tensor) -> Tensor:
    """Position of the last row of each index, by rising index; (B,) -> (R,)."""
    order = index.argsort(stable=True)
    found = index[order]
    ends = torch.ones_like(found, dtype=torch.bool)
    ends[:-1] = found[1:] != found[:-1]
    return order[ends]
