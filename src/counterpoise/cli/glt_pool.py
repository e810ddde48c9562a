"""The images that ``counterpoise data glt`` draws from."""

from pathlib import Path
from typing import Any

from counterpoise.data.data import Data, Split
from counterpoise.data.protocols.tables import Places, as_pictures, in_files
from counterpoise.data.sources.load import load
from counterpoise.data.sources.source import Source
from counterpoise.data.sources.table import values_by_path
from counterpoise.errors import InputError


def loaded(options: Any) -> tuple[Data, Places]:
    """The data that the options name, and where the images of their training split lie.

    Raises:
        InputError: see `load`; or the samples are not images of one class each.
    """
    source = Source(options.data, root=options.root, image_size=options.image_size)
    data = load(source)
    if data.facts.task != "classification" or data.facts.kind != "image":
        raise InputError(
            f"generalized long tails are drawn from images of one class each, but {data.facts.name} is a "
            f"{data.facts.kind} for {data.facts.task}"
        )
    pool = data.splits["train"]
    folder = folder_of(source, pool)
    return data, as_pictures(pool) if folder is None else in_files(folder, pool.names)


def folder_of(source: Source, pool: Split) -> Path | None:
    """The folder in which the names of a split are image files, if they are."""
    data = Path(source.data).expanduser()
    base = Path(source.root).expanduser() if source.root else data if data.is_dir() else data.parent
    return base if all((base / name).is_file() for name in pool.names) else None


def column(options: Any, pool: Split) -> list[str]:
    """What the column ``--attribute`` says of each image.

    Raises:
        InputError: the data are no table, or see `values_by_path`.
    """
    table = Path(options.data).expanduser()
    if options.features is not None:
        raise InputError("--attribute stands in place of clusters of features; leave --features out")
    if table.suffix.lower() not in (".csv", ".tsv"):
        raise InputError(f"--attribute names a column of a table, but {options.data} is none")
    known = values_by_path(table, options.attribute)
    return [known[name] for name in pool.names]
