"""Batches of rows by way of pools: what some batches want is read in long stretches, and picked in memory."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle
from typing import final

import numpy as np
import torch
from torch import Tensor

from counterpoise.data.rows.row_arrays import RowArrays
from counterpoise.data.rows.stretches import Stretch

PAGE, LONG = 16, 4
"""Neighbouring rows that are read together, and how many such pages must lie side by side on average (ours)."""


@final
class RowPools:
    """Reads the rows of batches that are known beforehand, some batches at once.

    Batches belong together as long as the pages that they touch fit into a pool. Where these lie too far apart to be
    read in stretches, rows are picked one by one instead. What comes out is the same.

    Args:
        arrays: where the rows lie.
        pages: of 16 neighbouring rows that a pool holds.
    """

    def __init__(self, arrays: RowArrays, pages: int) -> None:
        self.arrays = arrays
        self.slots = np.zeros(-(-len(arrays) // PAGE), dtype=np.int64)
        self.pages = min(pages, len(self.slots))

    def batches(self, wanted: Iterable[np.ndarray]) -> Iterator[Iterator[Tensor]]:
        """Pool after pool, its batches (B, F); ``wanted`` are the numbers of their rows, (B,) each.

        A pool is good until the next but one is asked for, which lies in the same memory.
        """
        rooms = cycle([self.arrays.empty(self.pages * PAGE) for _ in range(2)])
        for (group, pages), room in zip(self.groups(wanted), rooms, strict=False):
            yield self._pool(group, pages, room)

    def groups(self, wanted: Iterable[np.ndarray]) -> Iterator[tuple[list[np.ndarray], np.ndarray]]:
        """Batches that belong together, one at least, and the pages that they touch in ascending order."""
        group, held, touched = [], 0, np.zeros(len(self.slots), dtype=bool)
        for rows in wanted:
            pages = rows // PAGE
            new = np.unique(pages[~touched[pages]])
            if group and held + len(new) > self.pages:
                yield group, np.flatnonzero(touched)
                group, held, new = [], 0, np.unique(pages)
                touched[:] = False
            touched[new] = True
            group.append(rows)
            held += len(new)
        if group:
            yield group, np.flatnonzero(touched)

    def _pool(self, group: Sequence[np.ndarray], pages: np.ndarray, room: np.ndarray) -> Iterator[Tensor]:
        rows, sizes = np.concatenate(group), [len(one) for one in group]
        runs = np.split(pages, np.flatnonzero(np.diff(pages) > 1) + 1)
        if len(pages) > self.pages or LONG * len(runs) > len(pages):
            return iter(torch.from_numpy(self.arrays.picked(rows)).split(sizes))
        self.arrays.fill(self._stretches(runs, room))
        self.slots[pages] = np.arange(len(pages))
        places = torch.from_numpy(self.slots[rows // PAGE] * PAGE + rows % PAGE)
        return (torch.from_numpy(room).index_select(0, place) for place in places.split(sizes))

    def _stretches(self, runs: Sequence[np.ndarray], room: np.ndarray) -> Iterator[Stretch]:
        """Runs of pages, (R,) each, as rows that lie one behind the other in a pool; the last page may be short."""
        place = 0
        for run in runs:
            first, rows = int(run[0]) * PAGE, room[place : place + len(run) * PAGE]
            yield first, rows[: len(self.arrays) - first]
            place += len(rows)
