"""Weights that rise, or fall, in the course of training: pure functions of a time and a length in the same unit."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from counterpoise.errors import InputError

Ramp = Callable[[float, float], float]
ByEpoch = Callable[[int, int], float]
"""A number for an epoch, from 0, of so many."""


def sigmoid_rampup(time: float, length: float) -> float:
    """``exp(-5 (1 - t/L)^2)``, which begins at 0.0067 and stays 1 from L on (Laine, Aila, ICLR 2017).

    Raises:
        InputError: a negative length.
    """
    return math.exp(-5 * (1 - passed(time, length)) ** 2)


def linear_rampup(time: float, length: float) -> float:
    """``t / L``, which stays 1 from L on.

    Raises:
        InputError: a negative length.
    """
    return passed(time, length)


def cosine_rampdown(time: float, length: float) -> float:
    """``(1 + cos(pi t / L)) / 2``, which stays 0 from L on.

    Raises:
        InputError: a negative length.
    """
    return (1 + math.cos(math.pi * passed(time, length))) / 2


def passed(time: float, length: float) -> float:
    """The share of a length that has passed, 0 to 1; a length of 0 has always passed.

    Raises:
        InputError: a negative length.
    """
    if not length >= 0:
        raise InputError(f"the length of a ramp must be 0 or more, but {length} came; 0 means no ramp")
    return min(max(time / length, 0.0), 1.0) if length else 1.0


@dataclass(frozen=True)
class Ramped:
    """The weight of a term in each epoch: ``weight * shape(epoch, length * epochs)``.

    Attributes:
        weight: at the end of the ramp.
        length: of the ramp, as a share of the stage's epochs, so that a shortened run keeps its shape. The released
            Mean Teacher rises over 5 of 180 epochs on CIFAR, ICT over 100 of 400.
        shape: of the ramp.

    Raises:
        InputError: a negative weight or length.
    """

    weight: float
    length: float = 0.25
    shape: Ramp = sigmoid_rampup

    def __post_init__(self) -> None:
        if not self.weight >= 0:
            raise InputError(
                f"the weight of a term must be 0 or more, but {self.weight} came; 0 switches it off"
            )
        self.shape(0.0, self.length)

    def __call__(self, epoch: int, epochs: int) -> float:
        """The weight in epoch ``epoch``, from 0, of ``epochs``."""
        return self.weight * self.shape(epoch, self.length * epochs)


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
