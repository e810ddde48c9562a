"""The sample pictures of a detector, put inside a page."""

import base64
from pathlib import Path
from typing import NamedTuple

from counterpoise.errors import InputError
from counterpoise.files import read_json
from counterpoise.training.sample_pictures import PICTURES


class SamplePicture(NamedTuple):
    """One picture of the evaluated split: its name, and with boxes and masks what is there and what was found."""

    name: str
    there: str
    found: str


def sample_pictures(folder: Path) -> list[SamplePicture]:
    """Those that a run has left, as addresses that need no file; none where it has left none.

    Raises:
        InputError: the list of them, or a picture, cannot be read.
    """
    listed = folder / PICTURES
    rows = read_json(listed)["pictures"] if listed.exists() else []
    return [
        SamplePicture(row["name"], *(_embedded(listed.with_name(row[side])) for side in ("there", "found")))
        for row in rows
    ]


def _embedded(path: Path) -> str:
    try:
        return "data:image/jpeg;base64," + base64.b64encode(path.read_bytes()).decode()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error}; train the run again") from error
