"""Invariant risk minimisation: one classifier that no environment would rescale."""

import torch
from torch import Tensor

from counterpoise.distributed import rank, sum_over_processes, world_size
from counterpoise.errors import InputError


def irm_v1_penalty(logits: Tensor, targets: Tensor) -> Tensor:
    """Unbiased squared gradient of one environment's risk by a scale on all logits: IRMv1; (B, C), (B,) -> ().

    Arjovsky et al., 2019, as DomainBed has it: ``g_even g_odd`` for the derivative g of the mean cross-entropy of
    ``s z`` at s = 1, once over the even and once over the odd rows. It may be negative. DomainBed adds the mean over
    the environments, times 1 for 500 iterations and 100 later. With several processes the rows are those of the whole
    batch, of which a process holds every ``world``-th, and the mean of what they return, weighted by their rows, is
    the penalty. For training.

    Args:
        logits: z, of one environment.
        targets: labels y.

    Raises:
        InputError: fewer than two rows over all processes.
    """
    slopes = scale_slopes(logits, targets).sum(dim=1)
    place = torch.arange(len(slopes), device=slopes.device) * world_size() + rank()
    halves = torch.stack([place % 2 == 0, place % 2 == 1]).to(slopes)
    counts = sum_over_processes(halves.sum(dim=1))
    if counts.min() < 1:
        raise InputError(
            "the penalty of IRM needs 2 rows of each environment in a batch; give larger batches"
        )
    mine = halves @ slopes / counts
    even, odd = sum_over_processes(mine.detach())
    share = counts.sum() / max(len(slopes), 1)
    return share * (even * mine[1] + odd * mine[0]) - even * odd


def irm_l1_penalty(logits: Tensor, targets: Tensor) -> Tensor:
    """Summed absolute gradients of the risk by a scale on each class's logits; (B, C), (B,) -> ().

    What the released code of invariant feature learning (Tang et al., ECCV 2022) calls IRM: a scale for each class
    where IRMv1 has one for all, the L1 norm where it has a square, and the joined batch of all environments where it
    has each. There its weight is 0.001, ten times as much after 30, 60 and 90 of 100 epochs. With several processes
    the mean of what they return, weighted by their rows, is the penalty of the whole batch. For training.

    Args:
        logits: z.
        targets: labels y.
    """
    slopes = scale_slopes(logits, targets)
    rows = sum_over_processes(slopes.new_tensor(len(slopes)))
    whole = sum_over_processes(slopes.detach().sum(dim=0)) / rows
    return (whole.sign() * slopes.mean(dim=0)).sum()


def scale_slopes(logits: Tensor, targets: Tensor) -> Tensor:
    """``(p_k - [k = y]) z_k``: slope of each row's cross-entropy of ``s z`` by s_k at s = 1; (B, C), (B,) -> (B, C)."""
    own = torch.zeros_like(logits).scatter(1, targets.unsqueeze(1), 1.0)
    return (logits.softmax(dim=1) - own) * logits
