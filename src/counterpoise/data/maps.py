"""One map of measurements, such as the depth of every pixel: reading it, and bringing it to the grid of a net."""

import math
from pathlib import Path
from threading import Lock

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor
from torchvision.transforms.v2 import InterpolationMode, functional

from counterpoise.data.pictures import UNREADABLE, shorter_side
from counterpoise.errors import InputError

PICTURES = (".png", ".tif", ".tiff")
HEADERS = Lock()
"""Python 3.11 may fail where two threads parse the headers of arrays at once."""
GREY = frozenset({"L", "I", "I;16", "I;16B", "I;16L", "F"})


def is_map(name: str) -> bool:
    """Whether a file is a map by its name."""
    return Path(name).suffix.lower() in (".npy", *PICTURES)


def read_map(path: str | Path, *, unit: float = 1.0) -> Tensor:
    """The map at ``path``, nan where it is unknown; -> (H, W) float32.

    Args:
        path: an array in a ``.npy`` file, or a grey picture of 8, 16 or 32 bits in a ``.png``, ``.tif`` or ``.tiff``
            file. What is not finite is unknown, and in a picture also what is 0: depth cameras write 0 where they
            measured nothing.
        unit: a stored number times this is the value: 0.001 gives metres from millimetres.

    Raises:
        InputError: the file is missing, broken or of another kind, holds no single plane of real numbers, or the unit
            is not above 0.
    """
    if not 0 < unit < math.inf:
        raise InputError(f"expected a unit above 0 for the numbers of a map, but {unit} came")
    values = torch.from_numpy(_stored(Path(path)) * unit).float()
    return torch.where(values.isfinite(), values, math.nan)


def _stored(path: Path) -> np.ndarray:
    """The numbers as they are in the file, nan where a picture has 0; -> (H, W) float64."""
    if path.suffix.lower() == ".npy":
        return _array(path)
    if path.suffix.lower() in PICTURES:
        numbers = _grey(path)
        return np.where(numbers == 0, np.nan, numbers)
    raise InputError(f"expected a map as .npy, {', '.join(PICTURES)} file, but {path} is none; convert it")


def _array(path: Path) -> np.ndarray:
    try:
        with HEADERS:
            found = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise _unreadable(path, error) from error
    if not (isinstance(found, np.ndarray) and found.ndim == 2 and found.size and found.dtype.kind in "iuf"):
        what = f"{found.dtype} {found.shape}" if isinstance(found, np.ndarray) else "several arrays"
        raise InputError(
            f"expected a map as real numbers (H, W) in {path}, but it holds {what}; save one map"
        )
    return found.astype(np.float64)


def _grey(path: Path) -> np.ndarray:
    try:
        with Image.open(path) as picture:
            if picture.mode in GREY:
                return np.asarray(picture, dtype=np.float64)
            mode = picture.mode
    except UNREADABLE as error:
        raise _unreadable(path, error) from error
    raise InputError(
        f"expected a map as a grey picture of 8 or 16 bits, but {path} has the mode {mode}; save the values themselves"
    )


def _unreadable(path: Path, error: Exception) -> InputError:
    return InputError(f"cannot read the map {path}: {' '.join(str(error).split())}; repair the file")


def squared_map(values: Tensor, size: int) -> Tensor:
    """The part of a map that `squared` keeps of its picture, pixel on pixel; (H, W) -> (size, size).

    A map may be smaller or larger than its picture, in the same proportions. It is resized by taking the nearest pixel:
    a mean over the edge of a thing would be the depth of nothing.
    """
    resized = functional.resize(
        values[None], [shorter_side(size)], interpolation=InterpolationMode.NEAREST_EXACT
    )
    return functional.center_crop(resized, [size, size])[0]


def resized_map(values: Tensor, rows: int, columns: int) -> Tensor:
    """A map on a grid of cells; (H, W) -> (rows, columns), nan where nothing is known.

    A cell of whole pixels has the mean of those that are known. Where H is no multiple of ``rows``, or W none of
    ``columns``, a cell has the value of the pixel at its centre.

    Raises:
        InputError: a grid without cells.
    """
    if rows < 1 or columns < 1:
        raise InputError(f"expected a grid of at least 1 x 1 cells, but {rows} x {columns} came")
    if values.shape[0] % rows or values.shape[1] % columns:
        return F.interpolate(values[None, None], (rows, columns), mode="nearest-exact")[0, 0]
    height, width = values.shape[0] // rows, values.shape[1] // columns
    return values.reshape(rows, height, columns, width).nanmean(dim=(1, 3))
