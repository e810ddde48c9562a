"""A folder of images: one subfolder per class, in split folders or not."""

import os
from collections.abc import Iterator
from pathlib import Path

from counterpoise.data.pictures import is_picture
from counterpoise.data.sources import rows
from counterpoise.data.sources.found import SPLITS, Found, hint
from counterpoise.data.sources.rows import Row
from counterpoise.errors import InputError

LAYOUT = "DIR/train/CLASS/IMAGE (with val/ and test/ beside train/) or DIR/CLASS/IMAGE"


def folder(path: Path, *, image_size: int | None = None, split_seed: int = 0) -> Found:
    """Images in class folders.

    Either ``train/`` and, where they exist, ``val/`` and ``test/`` hold one folder per class, or ``path``
    itself does, and then 70, 10 and 20 percent of each class are drawn for train, val and test with
    ``split_seed``. Classes are in the order of their sorted names, as in torchvision's ``ImageFolder``.
    Hidden files, and files that are no images by their extension, are passed over.

    Raises:
        InputError: when there are no images, they lie elsewhere than expected, a folder beside ``train`` is
            not a split, a class folder of train is empty, or a class is in val or test only.
    """
    found, parts = folder_rows(path), _parts(path)
    if "train" not in parts and "" not in parts:
        raise InputError(f"expected {LAYOUT}, but {path} has no folder train (it has {', '.join(parts)})")
    class_names = tuple(d.name for d in _folders(next(iter(parts.values()))))
    return rows.found(path.resolve().name, found, class_names, image_size=image_size, split_seed=split_seed)


def folder_rows(path: Path) -> list[Row]:
    """All images of a folder with their classes, and their splits where there are split folders.

    Raises:
        InputError: when there are no images, they lie elsewhere than expected, or a folder is not a split.
    """
    found = [row for split, part in _parts(path).items() for row in _rows(path, split, part)]
    if not found:
        raise InputError(f"found no images in {path}; expected {LAYOUT}")
    return found


def _parts(path: Path) -> dict[str, Path]:
    """The split folders by name, train first; ``path`` itself, unnamed, when it holds class folders."""
    return {split: path / split for split in _splits(path)} or {"": path}


def _splits(path: Path) -> list[str]:
    """The names of the split folders, train first; none when ``path`` holds class folders."""
    names = [d.name for d in _folders(path)]
    nested = any(map(_folders, _folders(path)))
    if not names or not (nested or set(names) <= set(SPLITS)):
        return []
    _require_splits(path, names)
    return [split for split in SPLITS if split in names]


def _require_splits(path: Path, names: list[str]) -> None:
    for name in names:
        if name not in SPLITS:
            raise InputError(
                f"expected {LAYOUT}, but {path} holds the folder {name!r}, which is no split{hint(name)}"
            )


def _rows(root: Path, split: str, part: Path) -> Iterator[Row]:
    _require_no_pictures(part)
    for class_folder in _folders(part):
        _require_no_folders(class_folder)
        parent = class_folder.relative_to(root).as_posix()
        for name in _pictures(class_folder):
            yield Row(split, f"{class_folder}{os.sep}{name}", f"{parent}/{name}", class_folder.name)


def _require_no_folders(class_folder: Path) -> None:
    nested = _folders(class_folder)
    if nested:
        raise InputError(
            f"expected {LAYOUT}, but the class folder {class_folder} holds the folder {nested[0].name!r}; "
            "class folders hold images alone"
        )


def _require_no_pictures(part: Path) -> None:
    loose = _pictures(part)
    if loose:
        raise InputError(f"expected one folder per class in {part}, but it holds the image {loose[0]} itself")


def _folders(path: Path) -> list[Path]:
    with os.scandir(path) as entries:
        return sorted(Path(e.path) for e in entries if e.is_dir() and not e.name.startswith("."))


def _pictures(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.iterdir() if is_picture(entry.name))
