"""Numbers that change from epoch to epoch."""

from collections.abc import Callable
from itertools import pairwise

from counterpoise.errors import InputError

ByEpoch = Callable[[int, int], float]
"""A number for an epoch, from 0, of so many."""


def stepped(starts: tuple[float, ...], values: tuple[float, ...]) -> ByEpoch:
    """A number that changes at shares of the epochs: ``values[i]`` from ``starts[i]`` on.

    Args:
        starts: rising shares of the epochs, the first 0; an epoch begins where the share, times the epochs, rounds to.
        values: as many.

    Raises:
        InputError: the starts do not rise from 0 to less than 1, or there are not as many values.
    """
    rising = all(first < second for first, second in pairwise((*starts, 1.0)))
    if starts[:1] != (0,) or not rising or len(values) != len(starts):
        raise InputError(
            f"starts must rise from 0 to less than 1 and have as many values, but {starts} and {values} came"
        )

    def value(epoch: int, epochs: int) -> float:
        passed = [
            found for start, found in zip(starts, values, strict=True) if epoch >= round(start * epochs)
        ]
        return passed[-1]

    return value
