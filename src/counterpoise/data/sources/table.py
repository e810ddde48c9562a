"""A CSV or TSV table that names image files and their classes."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from counterpoise.data.sources import rows
from counterpoise.data.sources.found import SPLITS, Found, hint
from counterpoise.data.sources.multi_label import LAYOUT, has_several_labels, in_order, marks, targets_of
from counterpoise.data.sources.rows import Row
from counterpoise.data.sources.split_record import require_as_drawn
from counterpoise.errors import InputError

ATTRIBUTE = "attribute"
"""The column that says what images of one class differ in."""

NAMED = 3


def table(
    path: Path, *, root: Path | None = None, image_size: int | None = None, split_seed: int = 0
) -> Found:
    """Images named by a table with the columns ``path``, ``label`` and, if wanted, ``split``.

    A ``.tsv`` file is separated by tabs, any other by commas. Paths are relative to ``root``, by default
    the table's folder. A label is a class name; the classes are in sorted order, numbers by value. Without
    a column ``split``, 70, 10 and 20 percent of each class are drawn for train, val and test with
    ``split_seed``. A table with the column ``labels``, or one column of 0 and 1 for each class, gives images
    with any number of labels, see `multi_label.marks`; they are shared out by `strata`. A column ``attribute`` says
    what images of one class differ in, by which they are then measured too.

    Raises:
        InputError: for a table that cannot be read, lacks a column or a value, or names an unknown split,
            and for what `require_as_drawn` and `rows.found` refuse.
    """
    frame, options = _read(path), {"image_size": image_size, "split_seed": split_seed}
    if has_several_labels(frame):
        listed, found = image_rows(frame, root or path.parent), marks(frame)
        rows.require_files(listed)
        return rows.arranged(path.stem, listed, targets_of(found), tuple(found), **options)
    listed = _labeled_rows(path, frame, root or path.parent)
    class_names = in_order({row.label for row in listed if row.split in ("", "train")})
    rows.require_files(listed)
    return rows.found(path.stem, listed, class_names, **options)


def table_rows(path: Path, root: Path) -> list[Row]:
    """The rows of a table; an empty split where it has no such column. The files are not looked for.

    Raises:
        InputError: for a table that cannot be read, lacks a column or a value, or names an unknown split, and for
            what `require_as_drawn` refuses.
    """
    return _labeled_rows(path, _read(path), root)


def table_marks(path: Path, root: Path) -> tuple[list[Row], pd.DataFrame]:
    """The rows of a table in which an image has any number of labels, and their `marks`; else as `table_rows`.

    Raises:
        InputError: also for a table that names one label for each image.
    """
    frame = _read(path)
    if not has_several_labels(frame):
        raise InputError(
            f"expected a table of images with several labels, {LAYOUT}, but {path} has one for each"
        )
    return image_rows(frame, root), marks(frame)


def _labeled_rows(path: Path, frame: pd.DataFrame, root: Path) -> list[Row]:
    require_as_drawn(path, root)
    _require_columns(path, frame, "label")
    _require_values(path, frame, "label", ATTRIBUTE)
    attributes = frame[ATTRIBUTE] if ATTRIBUTE in frame else [""] * len(frame)
    return [
        row._replace(label=label, attribute=attribute)
        for row, label, attribute in zip(image_rows(frame, root), frame["label"], attributes, strict=True)
    ]


def values_by_path(path: Path, column: str) -> dict[str, str]:
    """What a column of a table says of each image, by the path of the image.

    Raises:
        InputError: see `table_rows`; or there is no such column, or a row without a value in it.
    """
    frame = _read(path)
    if column not in frame:
        raise InputError(f"{path} has no column {column!r}, only {', '.join(map(repr, frame.columns))}")
    _require_values(path, frame, column)
    return dict(zip(frame["path"], frame[column], strict=True))


def image_rows(frame: pd.DataFrame, root: Path) -> list[Row]:
    """The rows of a frame with the column ``path``, without their labels."""
    splits = frame["split"] if "split" in frame else [""] * len(frame)
    return [Row(split, str(root / name), name) for split, name in zip(splits, frame["path"], strict=True)]


def _read(path: Path) -> pd.DataFrame:
    frame = frame_of(path)
    _require_columns(path, frame, "path")
    return frame


def frame_of(path: Path, *, rows: int | None = None) -> pd.DataFrame:
    """A table as stripped text fields, one column for each name in its header; all rows, or the first ones.

    Raises:
        InputError: for a table that cannot be read or is empty, lacks a path or a split in a row where it has such a
            column, or names an unknown split.
    """
    separator = "\t" if path.suffix.lower() == ".tsv" else ","
    try:
        frame = pd.read_csv(
            path, sep=separator, dtype=str, keep_default_na=False, skipinitialspace=True, nrows=rows
        )
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read the table {path}: {' '.join(str(error).split())}") from error
    for column in frame:
        frame[column] = frame[column].str.strip()
    _require_values(path, frame, "path", "split")
    _require_splits(path, frame)
    if frame.empty:
        raise InputError(f"found no samples in {path}: the table has a header but no rows")
    return frame


def _require_columns(path: Path, frame: pd.DataFrame, column: str) -> None:
    if column not in frame:
        raise InputError(
            f"expected a header with the columns path,label[,split] in {path}, but {column!r} is missing "
            f"(found {', '.join(map(repr, frame.columns))}); for several labels per image it is {LAYOUT}; "
            "for a number in place of a class, name its column with --target"
        )


def _require_values(path: Path, frame: pd.DataFrame, *columns: str) -> None:
    for column in [c for c in columns if c in frame]:
        empty = (frame[column] == "").to_numpy().nonzero()[0]
        if len(empty):
            article, leave = "an" if column[0] in "aeiou" else "a", column == ATTRIBUTE
            raise InputError(
                f"expected {article} {column} in every row of {path}, but {_lines(frame, empty.tolist())}; fill in "
                f"what is missing, or remove {'the column' if leave else 'such rows'}"
            )


def _lines(frame: pd.DataFrame, empty: Sequence[int]) -> str:
    """Which rows have none, in words: the first ones by line and image, and how many there are."""
    names = frame["path"].tolist() if "path" in frame else [""] * len(frame)
    images = [f" ({names[i]})" if names[i] else "" for i in empty[:NAMED]]
    if len(empty) == 1:
        return f"line {empty[0] + 2} has none{images[0]}"
    first = ", ".join(f"line {i + 2}{image}" for i, image in zip(empty, images, strict=False))
    more = f" and {len(empty) - NAMED} more" if len(empty) > NAMED else ""
    return f"{len(empty)} of {len(frame)} have none: {first}{more}"


def _require_splits(path: Path, frame: pd.DataFrame) -> None:
    for split in frame["split"].unique() if "split" in frame else []:
        if split not in SPLITS:
            raise InputError(
                f"expected the splits {', '.join(SPLITS)} in {path}, but found {split!r}{hint(split)}"
            )
