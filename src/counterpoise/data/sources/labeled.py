"""Labeled images in the classes of data that a net was trained on: for evaluating it on other data."""

from collections.abc import Sequence
from pathlib import Path

import torch

from counterpoise.data.data import Data, Facts, Split
from counterpoise.data.samples import ImageFiles
from counterpoise.data.sources import rows
from counterpoise.data.sources.folder import folder_rows
from counterpoise.data.sources.lists import list_rows
from counterpoise.data.sources.load import WORDS, load
from counterpoise.data.sources.rows import Row
from counterpoise.data.sources.source import Source
from counterpoise.data.sources.table import table_rows
from counterpoise.errors import InputError


def labeled(path: str, trained: Facts, *, root: str | None = None) -> Data:
    """Images with labels, under the facts of the data that a net was trained on.

    Args:
        path: a folder with the splits train, val or test, or of class folders (all of it is then the split
            test); a table; a list file of ImageNet-LT's form; or a word such as digits. Not all of the
            trained classes need to be there.
        trained: facts of the training data: classes, image size and normalisation.
        root: folder of the images that a table or list names.

    Raises:
        InputError: nothing is there, or a class is not among the trained ones.
    """
    if path in WORDS:
        return _same_classes(load(Source(path, image_size=trained.shape[-1], root=root)), trained)
    listed = _rows(Path(path).expanduser(), Path(root) if root else None, trained)
    rows.require_files(listed)
    names = sorted({row.split or "test" for row in listed})
    splits = {n: _split([row for row in listed if (row.split or "test") == n], trained) for n in names}
    return Data(trained, splits)


def _rows(path: Path, root: Path | None, trained: Facts) -> Sequence[Row]:
    if path.is_dir():
        return folder_rows(path)
    if path.is_file() and path.suffix == ".txt":
        return [_named(row, trained) for row in list_rows(path, root or path.parent)]
    if path.is_file() and path.suffix.lower() in (".csv", ".tsv"):
        return table_rows(path, root or path.parent)
    raise InputError(
        f"expected a folder, a table, a list or one of {', '.join(WORDS)}, but there is no {path}"
    )


def _named(row: Row, trained: Facts) -> Row:
    if int(row.label) >= trained.num_classes:
        raise InputError(f"expected labels below {trained.num_classes}, but {row.name} has {row.label}")
    return row._replace(label=trained.class_names[int(row.label)])


def _split(listed: Sequence[Row], trained: Facts) -> Split:
    label = {name: number for number, name in enumerate(trained.class_names)}
    unknown = next((row for row in listed if row.label not in label), None)
    if unknown:
        raise InputError(
            f"expected only classes that the run was trained on, but {unknown.name} is of class "
            f"{unknown.label!r}; remove it, or train with it"
        )
    if trained.shape[0] != 3:
        raise InputError(f"{trained.name} has grey images, but image files are read as RGB; use its own data")
    targets = torch.tensor([label[row.label] for row in listed])
    files = ImageFiles([row.path for row in listed], trained.shape[-1])
    return Split(files, targets, tuple(row.name for row in listed))


def _same_classes(data: Data, trained: Facts) -> Data:
    if data.facts.class_names != trained.class_names or data.facts.shape != trained.shape:
        raise InputError(
            f"expected the classes and image shape of {trained.name}, but {data.facts.name} has others"
        )
    return Data(trained, data.splits)
