"""Tables with texts, one or two in each row: a folder in the layout of STS-B-DIR, or any table."""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import pandas as pd

from counterpoise.data.columns import fields_of
from counterpoise.data.sources.found import SPLITS, hint
from counterpoise.errors import InputError

FILES = {"train": "train*.tsv", "val": "dev*.tsv", "test": "test*.tsv"}
ORIGIN = ("index", "genre", "filename", "year", "old_index", "source1", "source2")
"""Columns of the released files that say where a pair comes from; they are not to be learned from (ours)."""

QUOTED = {"delimiter": ",", "strict": True, "skipinitialspace": True}
UNQUOTED = {"delimiter": "\t", "quoting": csv.QUOTE_NONE}
DIALECTS: dict[str, dict[str, Any]] = {".csv": QUOTED, ".tsv": UNQUOTED}


class Sentences(NamedTuple):
    """The rows of a table with texts, as text fields; all parts have N rows.

    Attributes:
        origin: the file or folder, for messages.
        texts: the text columns, one or two; no field is empty.
        others: the other columns of numbers, with gaps as empty texts, and ``split`` where there is one.
        left_out: names of the columns that hold no numbers.
    """

    origin: str
    texts: pd.DataFrame
    others: pd.DataFrame
    left_out: tuple[str, ...]

    @property
    def has_splits(self) -> bool:
        """Whether the rows are shared out to train, val and test."""
        return "split" in self.others

    def to_fit_on(self) -> pd.DataFrame:
        """The texts of train, or all where there are no splits.

        Training draws splits where a table has none, so what is fitted then knows the texts of its val and test rows
        too, though not their targets.

        Raises:
            InputError: there are splits, but no row is of train.
        """
        if not self.has_splits:
            return self.texts
        train = cast(pd.DataFrame, self.texts[self.others["split"] == "train"])
        if train.empty:
            raise InputError(
                f"expected rows of the split train in {self.origin}, but there are none; add some"
            )
        return train


def sentences(path: Path, columns: Sequence[str]) -> Sentences:
    """The rows of a table with texts.

    A folder holds ``train*.tsv`` and, where they exist, ``dev*.tsv`` (the split val) and ``test*.tsv``, as STS-B-DIR
    does; columns that say where its pairs come from are left out. A table is a ``.csv`` file, quoted as usual, or a
    ``.tsv`` file without quoting: a quote in it is a letter like any other. Its column ``split`` is optional.

    Args:
        path: a folder or a table.
        columns: names of one or two text columns.

    Raises:
        InputError: for what cannot be read, lacks a column or a text, or names an unknown split, and for more than
            two text columns.
    """
    _require_one_or_two(columns)
    frame = _folder(path, columns) if path.is_dir() else _table(path, columns)
    others = frame.drop(columns=[*columns, "path"], errors="ignore")
    kept = [name for name in others if name == "split" or _is_numeric(fields_of(others, name))]
    left_out = tuple(name for name in frame if name not in {*columns, *kept})
    return Sentences(str(path), _part(frame, columns), _part(others, kept), left_out)


def _part(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    return cast(pd.DataFrame, frame[list(names)])


def _require_one_or_two(columns: Sequence[str]) -> None:
    if len(set(columns)) != len(columns) or len(columns) not in (1, 2):
        raise InputError(
            f"expected one text column or two different ones, but got {', '.join(map(repr, columns))}; two are "
            "compared, one stands alone"
        )


def _folder(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    parts = [_with_texts(file, columns).assign(split=split) for split, file in _files(path)]
    if not parts:
        raise InputError(f"found no {', '.join(FILES.values())} in {path}; name a folder that holds them")
    origin = [name for name in ORIGIN if name not in columns]
    return pd.concat(parts, ignore_index=True).fillna("").drop(columns=origin, errors="ignore")


def _files(path: Path) -> Iterator[tuple[str, Path]]:
    for split, pattern in FILES.items():
        found = sorted(path.glob(pattern))
        if len(found) > 1:
            names = ", ".join(file.name for file in found)
            raise InputError(
                f"expected one file {pattern} in {path}, but found {names}; move the others away"
            )
        yield from ((split, file) for file in found)


def _table(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    if path.suffix.lower() not in DIALECTS:
        raise InputError(f"expected a folder, a .csv or a .tsv file with texts, but got {path}; name one")
    frame = _with_texts(path, columns)
    for split in frame["split"].unique() if "split" in frame else []:
        if split not in SPLITS:
            raise InputError(
                f"expected the splits {', '.join(SPLITS)} in {path}, but found {split!r}{hint(split)}"
            )
    return frame


def _with_texts(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    frame = _frame(path)
    for column in columns:
        if column not in frame:
            raise InputError(
                f"expected the text column {column!r} in {path}, but its columns are "
                f"{', '.join(map(repr, frame.columns))}; name one of them"
            )
        empty = np.flatnonzero(frame[column] == "")
        if len(empty):
            raise InputError(
                f"expected a text in every row of the column {column!r} of {path}, but line {empty[0] + 2} has none; "
                f"add it, or remove the {len(empty)} such rows"
            )
    return frame


def _frame(path: Path) -> pd.DataFrame:
    header, lines = _fields(path)
    twice = [name for name, count in Counter(header).items() if count > 1]
    if twice:
        raise InputError(f"expected columns of different names in {path}, but {twice[0]!r} comes twice")
    if not lines:
        raise InputError(f"found no texts in {path}: the table has no rows below its header")
    return pd.DataFrame(lines, columns=header, dtype=str)


def _fields(path: Path) -> tuple[list[str], list[list[str]]]:
    """The stripped fields of the header, and of the lines that are not blank."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, **DIALECTS[path.suffix.lower()])
            header, *lines = [_stripped(line) for line in reader if line] or [[]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"cannot read the table {path}: {' '.join(str(error).split())}") from error
    for number, line in enumerate(lines, start=2):
        if len(line) != len(header):
            raise InputError(
                f"expected the {len(header)} fields of the header in every line of {path}, but line {number} has "
                f"{len(line)}; correct it"
            )
    return header, lines


def _stripped(line: list[str]) -> list[str]:
    return [field.strip() for field in line]


def _is_numeric(fields: pd.Series) -> bool:
    """Whether all fields that are not empty are finite numbers."""
    numbers = np.asarray(pd.to_numeric(fields, errors="coerce"), dtype=np.float64)
    return bool((np.isfinite(numbers) | (fields == "").to_numpy()).all())
