"""Long stretches of rows of one array; of a mapped one out of its file, which saves what a map costs page by page."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import FileIO
from mmap import mmap
from pathlib import Path
from typing import TypeGuard

import numpy as np

from counterpoise.errors import InputError

Stretch = tuple[int, np.ndarray]
"""The number of a first row, and where this one and those after it go, (M, F)."""


def is_file(array: np.ndarray) -> TypeGuard[np.memmap]:
    """Whether an array is the whole of a mapped one, row after row; a view of it may begin elsewhere, and is not."""
    whole = isinstance(array, np.memmap) and isinstance(array.base, mmap) and array.filename is not None
    return whole and array.flags.c_contiguous


def announce(array: np.ndarray, stretches: Sequence[Stretch]) -> None:
    """Let the system begin to read them, where it can be told; a disk is faster with many wishes than with one.

    Raises:
        InputError: as `read`.
    """
    if not (is_file(array) and hasattr(os, "posix_fadvise")):
        return
    with _opened(array) as file:
        for first, rows in stretches:
            os.posix_fadvise(file.fileno(), _place(array, first), rows.nbytes, os.POSIX_FADV_WILLNEED)


def read(array: np.ndarray, stretches: Sequence[Stretch]) -> None:
    """Copy them to where they go.

    Raises:
        InputError: the file is not as it was when it was mapped.
    """
    if not is_file(array):
        for first, rows in stretches:
            rows[:] = array[first : first + len(rows)]
        return
    with _opened(array) as file:
        for first, rows in stretches:
            file.seek(_place(array, first))
            if file.readinto(rows) != rows.nbytes:  # pyright: ignore[reportArgumentType]
                raise EOFError("it has become shorter")


def _place(array: np.memmap, row: int) -> int:
    """Where a row begins in the file, in bytes."""
    return array.offset + row * array.strides[0]


@contextmanager
def _opened(array: np.memmap) -> Iterator[FileIO]:
    path = Path(str(array.filename))
    try:
        with path.open("rb", buffering=0) as file:
            yield file
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"cannot read the rows of {path}: {reason}; put the file back as it was") from error
