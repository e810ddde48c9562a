"""The list files of ImageNet-LT, Places-LT and iNaturalist 2018."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from counterpoise.data.sources import rows
from counterpoise.data.sources.found import INATURALIST, SPLITS, Found, Statistics
from counterpoise.data.sources.rows import Row
from counterpoise.errors import InputError

VAL_AS_TEST = "there is no list of test images, so scores are of val, on which recipes make their choices too"


def has_lists(path: Path) -> bool:
    """Whether a folder holds a list of training images."""
    return bool(_list_files(path, "train"))


def lists(path: Path, *, root: Path | None = None, image_size: int | None = None) -> Found:
    """Images named by ``*train*.txt`` and, where they exist, ``*val*.txt`` and ``*test*.txt`` in a folder.

    A line is ``relative/path.jpg 12``: a path relative to ``root`` (by default the folder of the lists) and
    a label from 0 to C - 1, where C - 1 is the largest label in train. If all training images of a class
    share one folder, and each class has another, those folders name the classes; else the labels do.

    Of iNaturalist 2018 there are ``iNaturalist18_train.txt``, with lines as ``train_val2018/Plantae/7477/x.jpg 7477``,
    and ``iNaturalist18_val.txt``; by these names its own channel statistics are taken (released code of Decoupling and
    of Yang and Xu). Without a test list, as there, scores are of val, on which a recipe makes its choices too; a note
    says so. The papers do the same.

    Raises:
        InputError: for a line without a path and a label, a label that is not an integer from 0 to C - 1, a
            class without a training image, several lists for one split, or a missing file.
    """
    listed = [row for split in SPLITS for row in _rows(path, split, root or path)]
    num_classes = 1 + max((int(row.label) for row in listed if row.split == "train"), default=-1)
    if not num_classes:
        raise InputError(f"found no images in the list of training images in {path}")
    _require_labels(listed, num_classes)
    names = _class_names(listed, num_classes)
    listed = [row._replace(label=names[int(row.label)]) for row in listed]
    rows.require_files(listed)
    found = rows.found(path.resolve().name, listed, names, image_size=image_size, split_seed=0)
    doubled = () if "test" in found.splits or "val" not in found.splits else (VAL_AS_TEST,)
    return replace(found, statistics=_statistics(path), notes=doubled)


def _statistics(path: Path) -> Statistics | None:
    known = any(file.name.startswith("iNaturalist18") for file in _list_files(path, "train"))
    return INATURALIST if known else None


def _list_files(path: Path, split: str) -> list[Path]:
    return sorted(f for f in path.glob(f"*{split}*.txt") if f.is_file() and not f.name.startswith("."))


def _rows(path: Path, split: str, root: Path) -> Iterator[Row]:
    files = _list_files(path, split)
    if len(files) > 1:
        names = ", ".join(f.name for f in files)
        raise InputError(
            f"expected one list *{split}*.txt in {path}, but found {names}; move the others away"
        )
    for file in files:
        yield from (row._replace(split=split) for row in list_rows(file, root))


def list_rows(file: Path, root: Path) -> Iterator[Row]:
    """The rows of one list file, of no split; the labels are the numbers as written.

    Raises:
        InputError: for a list that cannot be read, or a line without a path and a label of 0 or more.
    """
    for number, line in enumerate(_lines(file), start=1):
        if line.strip():
            yield _row(line, f"line {number} of {file}", root)


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the list {file}: {error}") from error


def _row(line: str, where: str, root: Path) -> Row:
    name, _, label = line.strip().rpartition(" ")
    if not name or not label.isdecimal():
        raise InputError(
            f"expected 'relative/path.jpg LABEL', LABEL an integer of 0 or more, in {where}, but got {line!r}"
        )
    return Row("", str(root / name.strip()), name.strip(), str(int(label)))


def _require_labels(listed: Sequence[Row], num_classes: int) -> None:
    for row in listed:
        if int(row.label) >= num_classes:
            raise InputError(
                f"expected labels from 0 to {num_classes - 1}, the largest in train, but {row.split} has "
                f"label {row.label} ({row.name})"
            )


def _class_names(listed: Sequence[Row], num_classes: int) -> tuple[str, ...]:
    folders = defaultdict(set)
    for row in listed:
        if row.split == "train":
            folders[int(row.label)].add(Path(row.name).parent.name)
    names = tuple(min(folders[c], default="") for c in range(num_classes))
    telling = all(len(folders[c]) == 1 for c in range(num_classes)) and len(set(names)) == num_classes
    return names if telling else tuple(map(str, range(num_classes)))
