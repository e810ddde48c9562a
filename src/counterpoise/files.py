"""Atomic writes: a file is either the old one or the new one, never half of the new one."""

import json
import os
from pathlib import Path

from counterpoise.errors import InputError


def write_bytes(path: Path, content: bytes) -> None:
    """Replace ``path`` by ``content`` in one step; a kill leaves at most a hidden file for the next write.

    Raises:
        InputError: the folder cannot be written or the disk is full; the previous file is untouched.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with partial.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError(
            f"cannot write {path}: {error.strerror or error}; free some space or choose another --out "
            "(what was there before is untouched)"
        ) from error


def write_text(path: Path, content: str) -> None:
    """Replace ``path`` by UTF-8 text in one step; see `write_bytes`."""
    write_bytes(path, content.encode())


def write_json(path: Path, content: object) -> None:
    """Replace ``path`` by JSON in one step; NaN and infinity are refused, see `write_bytes`."""
    write_text(path, json.dumps(content, indent=1, allow_nan=False) + "\n")


def read_json(path: Path) -> dict:
    """Read a JSON object.

    Raises:
        InputError: the file is missing or is not JSON.
    """
    try:
        return json.loads(path.read_text())
    except (OSError, json.JSONDecodeError) as error:
        raise InputError(f"cannot read {path}: {error}; is this a run folder of counterpoise?") from error


def require_empty(folder: Path, things: str) -> None:
    """Refuse a folder for "the rooms", or the like, that has something else in it, or is a file.

    Raises:
        InputError: what is there is no empty folder.
    """
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise InputError(f"expected an empty folder for {things}, but {folder} is none; name another")
