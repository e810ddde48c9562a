"""Samples without labels: image files and folders, or tables, that a user names."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from counterpoise.data.data import Facts, Split
from counterpoise.data.pictures import is_picture, open_picture, squared, upright_size
from counterpoise.data.samples import ImageFiles, Rows, Samples
from counterpoise.data.scenes import Scenes, nothing
from counterpoise.data.sources.embeddings import unlabeled_embeddings
from counterpoise.data.sources.table import frame_of
from counterpoise.data.sources.values import row_split, standard_rows
from counterpoise.errors import InputError


def unlabeled(
    paths: Sequence[str], facts: Facts, *, skip_corrupt: bool = False
) -> tuple[Split, tuple[str, ...]]:
    """The images at ``paths``, as a trained net wants them; folders are searched through. Or the rows of tables.

    Args:
        paths: image files and folders; .csv and .tsv files where the net was trained on rows of a table, embeddings
            where it was trained on such.
        facts: of the data that the net was trained on.
        skip_corrupt: leave out unreadable images instead of stopping at the first one.

    Returns:
        A split whose targets are all 0 and mean nothing, and the names of the images left out. For a detector,
        pictures are numbered from 0 in their order.

    Raises:
        InputError: nothing is there, an image cannot be read, or the net does not take RGB images.
    """
    if facts.kind == "embedding":
        return unlabeled_embeddings([Path(path).expanduser() for path in paths], facts.shape), ()
    if facts.kind == "table":
        return _rows([Path(path).expanduser() for path in paths], facts), ()
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
    return Split(_samples(names, facts), no_targets, names), skipped


def _samples(files: Sequence[str], facts: Facts) -> Samples:
    if facts.objects:
        _, short, long = facts.shape
        shown = [nothing(number, *upright_size(file)) for number, file in enumerate(files)]
        return Scenes(files, shown, (short, long), masks=False)
    return ImageFiles(files, facts.shape[-1], facts.grid.placed if facts.grid else squared)


def _rows(paths: Sequence[Path], facts: Facts) -> Split:
    parts = []
    for path in paths:
        if not path.is_file() or path.suffix.lower() not in (".csv", ".tsv"):
            raise InputError(
                f"this run was trained on rows of a table, but {path} is no .csv or .tsv file; name one"
            )
        samples = standard_rows(frame_of(path), facts, path)
        parts.append(row_split(path, samples, torch.zeros(len(samples))))
    samples = Rows(torch.cat([part.samples.read(torch.arange(len(part))) for part in parts]))
    return Split(samples, torch.zeros(len(samples)), tuple(name for part in parts for name in part.names))


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
