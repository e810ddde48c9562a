"""Files of named arrays: .npz, .npy by their names, .safetensors and .parquet; nothing is ever unpickled."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar
from zipfile import BadZipFile, is_zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from counterpoise.errors import InputError

T = TypeVar("T")
UNREADABLE = (OSError, ValueError, EOFError, BadZipFile, SafetensorError, pa.ArrowException)


def mapped(path: Path) -> np.ndarray:
    """The array of an .npy file; its numbers are read from the disk when they are asked for.

    Raises:
        InputError: it cannot be read, or holds Python objects.
    """
    return _read(path, lambda: np.load(path, mmap_mode="c", allow_pickle=False))


def named_arrays(path: Path) -> Mapping[str, np.ndarray]:
    """The arrays of a file by their names.

    Raises:
        InputError: it cannot be read, or holds Python objects.
    """
    return _read(path, lambda: READERS[path.suffix.lower()](path))


def _read(path: Path, read: Callable[[], T]) -> T:
    try:
        return read()
    except UNREADABLE as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(
            f"cannot read the arrays of {path}: {reason}; save plain numbers and texts, such as "
            "np.savez(FILE, features=..., labels=...)"
        ) from error


def _npz(path: Path) -> Mapping[str, np.ndarray]:
    if not is_zipfile(path):
        raise ValueError("it is no .npz file, or only a part of one")
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def _safetensors(path: Path) -> Mapping[str, np.ndarray]:
    return {
        name: tensor.float().numpy() if tensor.dtype == torch.bfloat16 else tensor.numpy()
        for name, tensor in load_file(path).items()
    }


def _parquet(path: Path) -> Mapping[str, np.ndarray]:
    table = pq.read_table(path)
    return {name: _column(table[name].combine_chunks()) for name in table.column_names}


def _column(column: pa.Array) -> np.ndarray:
    """A column of numbers or texts as (N,), one of lists of equally many numbers as (N, F)."""
    if pa.types.is_list(column.type) or pa.types.is_fixed_size_list(column.type):
        return column.flatten().to_numpy(zero_copy_only=False).reshape(len(column), -1).copy()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return np.array(column.to_pylist(), dtype=str)
    return column.to_numpy(zero_copy_only=False).copy()


READERS: dict[str, Callable[[Path], Mapping[str, np.ndarray]]] = {
    ".npz": _npz,
    ".safetensors": _safetensors,
    ".parquet": _parquet,
}
"""How the files of several arrays are read, by their ending."""
