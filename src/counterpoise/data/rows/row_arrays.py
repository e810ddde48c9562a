"""Arrays of rows that are numbered through."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import final

import numpy as np

from counterpoise.data.rows.stretches import Stretch, announce, read


@final
class RowArrays:
    """Arrays (N_i, F) of one dtype, one after the other; N rows in all, from any of which one can read."""

    def __init__(self, arrays: Sequence[np.ndarray]) -> None:
        self.arrays = tuple(arrays)
        self.ends = np.cumsum([len(array) for array in arrays])

    def __len__(self) -> int:
        return int(self.ends[-1])

    @property
    def width(self) -> int:
        """F."""
        return self.arrays[0].shape[1]

    @property
    def row_bytes(self) -> int:
        """What one row takes."""
        return self.width * self.arrays[0].itemsize

    def empty(self, rows: int) -> np.ndarray:
        """Room for so many rows, (rows, F)."""
        return np.empty((rows, self.width), dtype=self.arrays[0].dtype)

    def picked(self, numbers: np.ndarray) -> np.ndarray:
        """The rows of these numbers, (M,) -> (M, F); they are fetched one by one, in the order of the files.

        By numpy, in one thread: torch would share each of many small copies among its threads and wait for all of them.
        """
        order = numbers.argsort()
        lying = numbers[order]
        cuts = [0, *np.searchsorted(lying, self.ends)]
        found = self.empty(len(numbers))
        for array, end, low, high in zip(self.arrays, self.ends, cuts, cuts[1:], strict=False):
            if low < high:
                found[order[low:high]] = array[lying[low:high] - (end - len(array))]
        return found

    def fill(self, stretches: Iterable[Stretch]) -> None:
        """Read stretches that follow each other; the system hears of all of them before the first is waited for.

        Raises:
            InputError: a file is not as it was.
        """
        parts = [part for stretch in stretches for part in self._parts(*stretch)]
        shares = [(self.arrays[i], [part[1:] for part in some]) for i, some in groupby(parts, itemgetter(0))]
        for array, share in shares:
            announce(array, share)
        for array, share in shares:
            read(array, share)

    def _parts(self, first: int, rows: np.ndarray) -> Iterator[tuple[int, int, np.ndarray]]:
        """A stretch array by array: the place of the array, and the stretch as this one numbers its rows."""
        while len(rows):
            i = int(self.ends.searchsorted(first, side="right"))
            left = int(self.ends[i]) - first
            yield i, len(self.arrays[i]) - left, rows[:left]
            first, rows = first + left, rows[left:]
