"""Rows of numbers that need not fit into memory: they lie in arrays one after the other, mostly mapped files."""

from collections.abc import Iterator, Sequence
from typing import final

import numpy as np
import torch
from torch import Tensor

from counterpoise.data.augmentation import Augmentation
from counterpoise.data.samples import Portion, Samples
from counterpoise.errors import InputError
from counterpoise.samplers.blocks import BlockShuffled
from counterpoise.samplers.sampler import Sampler
from counterpoise.samplers.shuffled import Shuffled

KEPT = 2**30
"""Bytes that a system surely keeps in memory once they are read (ours); larger data are shuffled in blocks."""


@final
class MappedRows(Samples):
    """F features of N samples in arrays of any real dtype; a row is read when it is asked for.

    Args:
        arrays: (N_i, F) arrays of one dtype, such as mapped files, whose rows are numbered through.
        rows: which rows are meant, (N,) int64, in this order; None for all.

    Raises:
        InputError: the arrays are not such ones.
    """

    def __init__(self, arrays: Sequence[np.ndarray], rows: Tensor | None = None) -> None:
        kinds = {(array.shape[1:], array.dtype) for array in arrays}
        if len(kinds) != 1 or any(one.ndim != 2 or one.dtype.kind != "f" for one in arrays):
            found = ", ".join(f"{dtype} {('N', *shape)}" for shape, dtype in kinds) or "none"
            raise InputError(f"expected arrays of real numbers (N, F), all alike, but got {found}")
        self.arrays, self.rows = tuple(arrays), rows
        self.ends = np.cumsum([len(array) for array in arrays])

    def __len__(self) -> int:
        return int(self.ends[-1]) if self.rows is None else len(self.rows)

    @property
    def shape(self) -> tuple[int, ...]:
        """F."""
        return (self.arrays[0].shape[1],)

    def subset(self, index: Tensor) -> "MappedRows":
        """The rows at ``index``, in this order; reads nothing."""
        return MappedRows(self.arrays, self.numbers(index))

    def read(self, index: Tensor) -> Tensor:
        """The rows at ``index``, (B, F) as they are stored; they are fetched in the order of the files.

        By numpy, in one thread: torch would share each of many small copies among its threads and wait for all of them.
        """
        wanted = self.numbers(index).numpy()
        order = wanted.argsort()
        lying = wanted[order]
        cuts = [0, *np.searchsorted(lying, self.ends)]
        found = np.empty((len(wanted), *self.shape), dtype=self.arrays[0].dtype)
        for array, end, low, high in zip(self.arrays, self.ends, cuts, cuts[1:], strict=False):
            if low < high:
                found[order[low:high]] = array[lying[low:high] - (end - len(array))]
        return torch.from_numpy(found)

    def content(self, position: int) -> bytes:
        """The bytes of the numbers."""
        return self.read(torch.tensor([position])).numpy().tobytes()

    def batches(
        self, portions: Sequence[Portion], augmentation: Augmentation, *, workers: int, device: torch.device
    ) -> Iterator[Tensor]:
        """Read in this process; ``workers`` has no meaning here."""
        for index, draws in portions:
            yield augmentation.batch(self.read(index).to(device), draws.to(device))

    def shuffled(self) -> Sampler:
        """Every row once, in random order; of more than 1 GiB in blocks of neighbours, see `BlockShuffled`."""
        if len(self) * self.shape[0] * self.arrays[0].itemsize <= KEPT:
            return Shuffled(len(self))
        return BlockShuffled(self.stored())

    def stored(self) -> Tensor:
        """All positions in the order in which their rows lie in the arrays; (N,) int64."""
        return torch.arange(len(self)) if self.rows is None else self.rows.argsort()

    def numbers(self, index: Tensor) -> Tensor:
        """In which rows of the arrays, numbered through, the samples at positions ``index`` lie."""
        return index if self.rows is None else self.rows[index]


def together(parts: Sequence[MappedRows]) -> MappedRows:
    """The rows of all parts, one after the other; reads nothing."""
    starts = np.cumsum([0, *(part.ends[-1] for part in parts)]).tolist()
    rows = [part.numbers(torch.arange(len(part))) + start for part, start in zip(parts, starts, strict=False)]
    return MappedRows([array for part in parts for array in part.arrays], torch.cat(rows))
