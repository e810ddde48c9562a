"""A CSV or TSV table that names image files and their classes."""

from pathlib import Path

import pandas as pd

from counterpoise.data.sources import rows
from counterpoise.data.sources.found import SPLITS, Found, hint
from counterpoise.data.sources.rows import Row
from counterpoise.errors import InputError


def table(
    path: Path, *, root: Path | None = None, image_size: int | None = None, split_seed: int = 0
) -> Found:
    """Images named by a table with the columns ``path``, ``label`` and, if wanted, ``split``.

    A ``.tsv`` file is separated by tabs, any other by commas. Paths are relative to ``root``, by default
    the table's folder. A label is a class name; the classes are in sorted order, numbers by value. Without
    a column ``split``, 70, 10 and 20 percent of each class are drawn for train, val and test with
    ``split_seed``.

    Raises:
        InputError: for a table that cannot be read, lacks a column or a value, or names an unknown split,
            and for what `rows.found` refuses.
    """
    listed = table_rows(path, root or path.parent)
    class_names = _in_order({row.label for row in listed if row.split in ("", "train")})
    rows.require_files(listed)
    return rows.found(path.stem, listed, class_names, image_size=image_size, split_seed=split_seed)


def table_rows(path: Path, root: Path) -> list[Row]:
    """The rows of a table; an empty split where it has no such column. The files are not looked for.

    Raises:
        InputError: for a table that cannot be read, lacks a column or a value, or names an unknown split.
    """
    frame = _read(path)
    splits = frame["split"] if "split" in frame else [""] * len(frame)
    return [
        Row(split, str(root / name), name, label)
        for split, name, label in zip(splits, frame["path"], frame["label"], strict=True)
    ]


def _read(path: Path) -> pd.DataFrame:
    separator = "\t" if path.suffix.lower() == ".tsv" else ","
    try:
        frame = pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False, skipinitialspace=True)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read the table {path}: {' '.join(str(error).split())}") from error
    for column in frame:
        frame[column] = frame[column].str.strip()
    _require_columns(path, frame)
    _require_values(path, frame)
    _require_splits(path, frame)
    return frame


def _require_columns(path: Path, frame: pd.DataFrame) -> None:
    missing = [column for column in ("path", "label") if column not in frame]
    if missing:
        raise InputError(
            f"expected a header with the columns path,label[,split] in {path}, but {missing[0]!r} is missing "
            f"(found {', '.join(map(repr, frame.columns))})"
        )
    if frame.empty:
        raise InputError(f"found no images in {path}: the table has a header but no rows")


def _require_values(path: Path, frame: pd.DataFrame) -> None:
    for column in [c for c in ("path", "label", "split") if c in frame]:
        empty = (frame[column] == "").to_numpy().nonzero()[0]
        if len(empty):
            raise InputError(f"expected a {column} in every row of {path}, but line {empty[0] + 2} has none")


def _require_splits(path: Path, frame: pd.DataFrame) -> None:
    for split in frame["split"].unique() if "split" in frame else []:
        if split not in SPLITS:
            raise InputError(
                f"expected the splits {', '.join(SPLITS)} in {path}, but found {split!r}{hint(split)}"
            )


def _in_order(labels: set[str]) -> tuple[str, ...]:
    numbers = all(label.removeprefix("-").isdecimal() for label in labels)
    return tuple(sorted(labels, key=int) if numbers else sorted(labels))
