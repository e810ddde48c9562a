"""From targets to the buckets of feature statistics."""

import torch
from torch import Tensor

from counterpoise.errors import InputError


def clamped_buckets(targets: Tensor, *, start: int, stop: int) -> Tensor:
    """Whole-numbered part of each target, counted from ``start``; (B,) -> (B,) int64 in 0 .. stop - start - 1.

    What lies outside belongs to the first or the last bucket (ours).

    Raises:
        InputError: no bucket at all.
    """
    _check(start, stop)
    return targets.floor().long().clamp(start, stop - 1) - start


def published_buckets(targets: Tensor, *, start: int, stop: int) -> Tensor:
    """Like `clamped_buckets`, with the edge rule of the released FDS code; (B,) -> (B,) int64, -1 for no bucket.

    What lies outside belongs to the first (last) bucket only if a target of exactly ``start`` (``stop - 1``) is among
    these targets, else to none.

    Raises:
        InputError: no bucket at all.
    """
    buckets = clamped_buckets(targets, start=start, stop=stop)
    low = (targets < start) & ~(targets == start).any()
    high = (targets > stop - 1) & ~(targets == stop - 1).any()
    return torch.where(low | high, -1, buckets)


def _check(start: int, stop: int) -> None:
    if not start < stop:
        raise InputError(
            f"buckets go from start up to stop, but {start} and {stop} came; FDS has 0 and 100 for ages"
        )
