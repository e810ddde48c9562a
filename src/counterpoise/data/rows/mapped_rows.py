"""Rows of numbers that need not fit into memory: they lie in arrays one after the other, mostly mapped files."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import final

import numpy as np
import torch
from torch import Tensor

from counterpoise.data.augmentation import Augmentation
from counterpoise.data.rows.read_ahead import ahead
from counterpoise.data.rows.row_arrays import RowArrays
from counterpoise.data.rows.row_pools import PAGE, RowPools
from counterpoise.data.samples import Portion, Samples
from counterpoise.errors import InputError
from counterpoise.samplers.blocks import BLOCK, POOL, BlockShuffled
from counterpoise.samplers.sampler import Sampler
from counterpoise.samplers.shuffled import Shuffled

KEPT = 2**30
"""Bytes that a system surely keeps in memory once they are read (ours); larger data are shuffled in blocks."""

HELD = 2**28
"""Bytes that are shuffled together at most (ours); while they are handed out, as many are read ahead."""


@final
class MappedRows(Samples):
    """F features of N samples in arrays of any real dtype; a row is read when it is asked for.

    Args:
        arrays: (N_i, F) arrays of one dtype, such as mapped files, whose rows are numbered through. They stay as they
            are: epochs read the files themselves, where a change of a map alone is not seen.
        rows: which rows are meant, (N,) int64, in this order; None for all.

    Raises:
        InputError: the arrays are not such ones.
    """

    def __init__(self, arrays: Sequence[np.ndarray], rows: Tensor | None = None) -> None:
        kinds = {(array.shape[1:], array.dtype) for array in arrays}
        if len(kinds) != 1 or any(one.ndim != 2 or one.dtype.kind != "f" for one in arrays):
            found = ", ".join(f"{dtype} {('N', *shape)}" for shape, dtype in kinds) or "none"
            raise InputError(f"expected arrays of real numbers (N, F), all alike, but got {found}")
        self.arrays, self.rows = RowArrays(arrays), rows

    def __len__(self) -> int:
        return len(self.arrays) if self.rows is None else len(self.rows)

    @property
    def shape(self) -> tuple[int, ...]:
        """F."""
        return (self.arrays.width,)

    def subset(self, index: Tensor) -> "MappedRows":
        """The rows at ``index``, in this order; reads nothing."""
        return MappedRows(self.arrays.arrays, self.numbers(index))

    def read(self, index: Tensor) -> Tensor:
        """The rows at ``index``, (B, F) as they are stored."""
        return torch.from_numpy(self.arrays.picked(self.numbers(index).numpy()))

    def content(self, position: int) -> bytes:
        """The bytes of the numbers."""
        return self.read(torch.tensor([position])).numpy().tobytes()

    def batches(
        self, portions: Sequence[Portion], augmentation: Augmentation, *, workers: int, device: torch.device
    ) -> Iterator[Tensor]:
        """Read ahead by a thread of this process, see `RowPools`; ``workers`` has no meaning here.

        Raises:
            InputError: a mapped file is not as it was when it was mapped.
        """
        wanted = (self.numbers(index).numpy() for index, _ in portions)
        pools = RowPools(self.arrays, self.pages).batches(wanted)
        for (_, draws), rows in zip(portions, chain.from_iterable(ahead(pools)), strict=True):
            yield augmentation.batch(rows.to(device), draws.to(device))

    def shuffled(self) -> Sampler:
        """Every row once, in random order; of more than 1 GiB in blocks of neighbours, see `BlockShuffled`."""
        if len(self) * self.arrays.row_bytes <= KEPT:
            return Shuffled(len(self))
        return BlockShuffled(self.stored(), pool=self.blocks)

    @property
    def pages(self) -> int:
        """Pages that are read together: those between the ends of so many blocks, and a quarter more.

        The quarter is for the ends themselves, and for batches in which two pools meet. Where a subset is so thin that
        its blocks are more than twice as long in the files, batches share less.
        """
        spread = min(max(len(self.arrays) / max(len(self), 1), 1.0), 2.0)
        return round(1.25 * spread * self.blocks * BLOCK / PAGE)

    @property
    def blocks(self) -> int:
        """How many blocks are shuffled together: those of `BlockShuffled`, or fewer where rows are wide."""
        return min(POOL, max(1, HELD // (BLOCK * self.arrays.row_bytes)))

    def stored(self) -> Tensor:
        """All positions in the order in which their rows lie in the arrays; (N,) int64."""
        return torch.arange(len(self)) if self.rows is None else self.rows.argsort()

    def numbers(self, index: Tensor) -> Tensor:
        """In which rows of the arrays, numbered through, the samples at positions ``index`` lie."""
        return index if self.rows is None else self.rows[index]


def together(parts: Sequence[MappedRows]) -> MappedRows:
    """The rows of all parts, one after the other; reads nothing."""
    starts = np.cumsum([0, *(len(part.arrays) for part in parts)]).tolist()
    rows = [part.numbers(torch.arange(len(part))) + start for part, start in zip(parts, starts, strict=False)]
    return MappedRows([array for part in parts for array in part.arrays.arrays], torch.cat(rows))
