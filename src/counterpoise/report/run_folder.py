"""The files of a run folder, read into plain data."""

import csv
import math
from pathlib import Path
from typing import Any, NamedTuple

from counterpoise.errors import InputError
from counterpoise.files import read_json
from counterpoise.report.evaluation import Evaluation, checked


class RunFolder(NamedTuple):
    """What a run left: its description, its evaluation and one row of numbers per epoch."""

    run: dict[str, Any]
    evaluation: Evaluation
    epochs: list[dict[str, Any]]

    @property
    def claims(self) -> list[dict[str, Any]]:
        """The published numbers that the recipe names."""
        return self.run.get("claim") or []

    @property
    def notes(self) -> list[str]:
        """What a reader should know of the data and of how the experiment was built."""
        return [*(self.run["facts"].get("notes") or []), *(self.run.get("notes") or [])]


def read_run(folder: Path) -> RunFolder:
    """Read ``run.json``, ``evaluation.json`` and ``metrics.csv``.

    Args:
        folder: of a run; or one below it where it was measured again, which has an evaluation of its own alone.

    Raises:
        InputError: one of them is missing, unreadable or incomplete.
    """
    evaluation = checked(read_json(folder / "evaluation.json"), str(folder / "evaluation.json"))
    home = folder if (folder / "run.json").exists() else folder.parent
    return RunFolder(_read_description(home / "run.json"), evaluation, read_epochs(home / "metrics.csv"))


def _read_description(path: Path) -> dict[str, Any]:
    run = read_json(path)
    missing = [key for key in ("calls", "facts", "seed") if key not in run]
    if missing or not run["calls"]:
        wanted = ", ".join(missing) or "a call"
        raise InputError(f"{path} should hold {wanted}, but does not; train the run again")
    return run


def read_epochs(path: Path) -> list[dict[str, Any]]:
    """Read one row per epoch: the stage as text, all else as numbers; None where empty or not finite.

    Raises:
        InputError: the file is missing, lacks a column, or holds text where a number should be.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        return [{"stage": row["stage"]} | {key: _number(row[key]) for key in _numeric(row)} for row in rows]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"cannot read {path}: {error}; is this a run folder of counterpoise?") from error


def _numeric(row: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys(("epoch", "lr", "loss", *(key for key in row if key != "stage"))))


def _number(text: str | None) -> float | None:
    value = float(text or "nan")
    return value if math.isfinite(value) else None
