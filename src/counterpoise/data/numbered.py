"""Names of very many samples, made when they are asked for."""

from collections.abc import Sequence
from typing import overload

import torch
from torch import Tensor


class Numbered(Sequence[str]):
    """The names "train/0", "train/1", ..., or of some of these samples.

    Args:
        start: what stands before the number.
        numbers: (N,) int64.
    """

    def __init__(self, start: str, numbers: Tensor) -> None:
        self.start, self.numbers = start, numbers

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> "Numbered": ...
    def __getitem__(self, index: int | slice) -> "str | Numbered":
        """One name, or some of them."""
        if isinstance(index, slice):
            return Numbered(self.start, self.numbers[index])
        return f"{self.start}{int(self.numbers[index])}"


def numbered(start: str, count: int) -> Numbered:
    """The names of so many samples, from 0."""
    return Numbered(start, torch.arange(count))


def names_at(names: Sequence[str], index: Tensor) -> Sequence[str]:
    """The names at positions (M,), in this order."""
    if isinstance(names, Numbered):
        return Numbered(names.start, names.numbers[index])
    positions: list[int] = index.tolist()
    return tuple(names[i] for i in positions)
