"""Images without labels: files and folders that a user names."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from counterpoise.data.data import Facts, Split
from counterpoise.data.pictures import is_picture, open_picture
from counterpoise.data.samples import ImageFiles
from counterpoise.errors import InputError


def unlabeled(
    paths: Sequence[str], facts: Facts, *, skip_corrupt: bool = False
) -> tuple[Split, tuple[str, ...]]:
    """The images at ``paths``, as a trained net wants them; folders are searched through.

    Args:
        paths: image files and folders.
        facts: of the data that the net was trained on.
        skip_corrupt: leave out unreadable images instead of stopping at the first one.

    Returns:
        A split whose targets are all 0 and mean nothing, and the names of the images left out.

    Raises:
        InputError: nothing is there, an image cannot be read, or the net does not take RGB images.
    """
    if facts.shape[0] != 3:
        raise InputError(
            f"this run was trained on {facts.name}, whose images have {facts.shape[0]} channel; image files are "
            "read as RGB, so train on a folder to predict files"
        )
    files = [str(file) for path in paths for file in _files(Path(path))]
    skipped = tuple(file for file in files if skip_corrupt and not _is_sound(file))
    left = set(skipped)
    names = tuple(file for file in files if file not in left)
    if not names:
        raise InputError(f"found no images at {', '.join(paths)}; name image files or folders that hold some")
    no_targets = torch.zeros(len(names), dtype=torch.int64)
    return Split(ImageFiles(names, facts.shape[-1]), no_targets, names), skipped


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(file for file in path.rglob("*") if file.is_file() and is_picture(file.name))
    elif path.is_file():
        yield path
    else:
        raise InputError(f"there is no image or folder {path}; check the path")


def _is_sound(file: str) -> bool:
    try:
        open_picture(file)
    except InputError:
        return False
    return True
