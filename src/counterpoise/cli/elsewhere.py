"""Other data on which runs are measured that were trained on these."""

import os
from pathlib import Path

from counterpoise.data.data import Data, Split
from counterpoise.data.sources.labeled import labeled
from counterpoise.data.sources.source import Source
from counterpoise.errors import InputError
from counterpoise.training.conclusion import Elsewhere

MEASURE_HELP = (
    "measure on this other data with the same classes, below each run: a folder, a table or a word as for evaluate; "
    "finished runs are not trained again"
)


def elsewhere(path: str, source: Source, data: Data) -> Elsewhere:
    """Labelled data with the classes of some training data, found with the options of these.

    Args:
        path: see `labeled`.
        source: of the training data; ``root``, ``points`` and ``unit`` hold for both.
        data: the training data.

    Raises:
        InputError: for what `labeled` refuses, or where samples are among those that are trained on.
    """
    found = labeled(path, data.facts, root=source.root, points=source.points, unit=source.unit)
    there = Elsewhere(path, found)
    known = _files(data.splits["train"], source.data, source.root)
    measured = found.splits[there.split]
    seen = sorted(_files(measured, path, source.root) & known)
    if seen:
        raise InputError(
            f"{len(seen)} of {len(measured)} samples of {path} are training samples of {source.data}, such as "
            f"{seen[0]}; measure on samples that the runs have not seen"
        )
    return there


def _files(split: Split, path: str, root: str | None) -> set[str]:
    """Where samples lie that are named relative to a root, to a folder, or to the folder of a table."""
    place = Path(path).expanduser()
    start = Path(root).expanduser() if root else place if place.is_dir() else place.parent
    return {os.path.normpath(start.resolve() / name) for name in split.names}
