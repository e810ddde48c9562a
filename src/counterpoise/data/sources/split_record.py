"""What lies beside tables of splits, so that a table for other data is noticed before training."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from counterpoise.errors import InputError

RECIPE, TABLES = "splits.json", "tables"
LOOKED_AT = 20
AWAY = f"draw the splits anew with counterpoise data glt, or move {RECIPE} away to use what is there"


def record(content: bytes, folder: Path, paths: Sequence[str]) -> dict[str, Any]:
    """What tells a table again: a digest of its lines, and the size in bytes of 20 images, evenly spread.

    Args:
        content: of the table.
        folder: in which it will lie.
        paths: of its images, relative to the folder.
    """
    spread = [paths[i * len(paths) // LOOKED_AT] for i in range(LOOKED_AT)] if paths else []
    return {"sha256": _digest(content), "bytes": {path: (folder / path).stat().st_size for path in spread}}


def require_as_drawn(table: Path, root: Path) -> None:
    """Refuse a table that is not the one that ``splits.json`` beside it was written with, or whose images are not.

    Costs one reading of the table and a look at 20 files, and nothing where no such record lies beside it.

    Raises:
        InputError: the table was edited or comes from elsewhere, or images have other sizes in bytes.
    """
    known = _record_of(table)
    if not known:
        return
    if _digest(table.read_bytes()) != known["sha256"]:
        raise InputError(
            f"{table} is not the table that {RECIPE} beside it was written with: it was edited, or comes from other "
            f"splits; {AWAY}"
        )
    present = {path: root / path for path in known["bytes"] if (root / path).is_file()}
    others = [path for path, file in present.items() if file.stat().st_size != known["bytes"][path]]
    if others:
        raise InputError(
            f"expected the images in {root} that {table} was drawn from, but {others[0]} has another size in bytes "
            f"({len(others)} of {len(present)} that were looked at); name their folder with --root, {AWAY}"
        )


def _record_of(table: Path) -> Mapping[str, Any] | None:
    """The record of a table; None where there is none, or a file of that name that is none of ours."""
    try:
        return json.loads((table.parent / RECIPE).read_text(encoding="utf-8"))[TABLES][table.name]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _digest(content: bytes) -> str:
    """The same for lines that end in the way of Unix or of Windows."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()
