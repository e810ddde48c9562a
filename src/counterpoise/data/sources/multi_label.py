"""Tables in which an image has any number of labels: a list in one cell, or one column of 0 and 1 per class."""

from collections.abc import Sequence

import pandas as pd
import torch
from torch import Tensor

from counterpoise.errors import InputError

SEPARATORS = ("|", ";", ",")
NOT_CLASSES = ("path", "split")
LAYOUT = "path,labels[,split] or path,CLASS,CLASS,...[,split]"


def has_several_labels(frame: pd.DataFrame) -> bool:
    """Whether a table's header is that of `LAYOUT`: it has ``labels``, or no ``label`` and several other columns."""
    return "labels" in frame or ("label" not in frame and len(_class_columns(frame)) > 1)


def marks(frame: pd.DataFrame) -> pd.DataFrame:
    """Which labels each row has; -> one bool column per class.

    The names in a cell of the column ``labels`` stand between ``|``, or where the whole column has none between
    ``;``, or else ``,``; an empty cell is an image without a label, and the classes are in sorted order. Without
    that column every column but ``path`` and ``split`` is a class, and they keep their order.

    Raises:
        InputError: a class column holds something else than 0 and 1.
    """
    return listed(frame["labels"].tolist()) if "labels" in frame else _flagged(frame, _class_columns(frame))


def targets_of(found: pd.DataFrame) -> Tensor:
    """Marks as targets; (N, C) bool."""
    return torch.from_numpy(found.to_numpy(dtype=bool, copy=True))


def in_order(labels: set[str]) -> tuple[str, ...]:
    """Class names in sorted order, numbers by value."""
    numbers = all(label.removeprefix("-").isdecimal() for label in labels)
    return tuple(sorted(labels, key=int) if numbers else sorted(labels))


def listed(cells: Sequence[str]) -> pd.DataFrame:
    """Which names each cell lists; -> one bool column per name, in sorted order. See `marks`."""
    separator = next((one for one in SEPARATORS if any(one in cell for cell in cells)), SEPARATORS[0])
    lists = [{name.strip() for name in cell.split(separator)} - {""} for cell in cells]
    names = in_order(set().union(*lists))
    return pd.DataFrame({name: [name in some for some in lists] for name in names})


def _class_columns(frame: pd.DataFrame) -> list[str]:
    return [column for column in frame if column not in NOT_CLASSES]


def _flagged(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    for column in columns:
        flags = frame[column].tolist()
        wrong = next((line for line, flag in enumerate(flags, start=2) if flag not in ("0", "1")), None)
        if wrong:
            raise InputError(
                f"expected 0 or 1 in the class column {column!r}, but line {wrong} has {flags[wrong - 2]!r}; the "
                f"header of a table is path,label[,split], {LAYOUT}"
            )
    return pd.DataFrame({column: frame[column] == "1" for column in columns})
