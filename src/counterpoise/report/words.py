"""Numbers, recipes and settings in words."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

ABSENT = "–"

PRECISION = "the mean over a group's classes of the share of right answers among all that name the class"
ATTRIBUTES = "the samples with each alone, as if they were the whole split"


def percent(fraction: float | None) -> str:
    """Write a fraction as a percentage with one decimal and no sign; a dash where there is none.

    Halves are rounded up, as ``alpha.js`` does, so that a page never shows one accuracy in two ways.
    """
    return ABSENT if fraction is None else f"{_tenths(fraction):.1f}"


def difference(after: float | None, before: float | None) -> str:
    """Write the change of a fraction in signed percentage points; a dash where either is missing."""
    if after is None or before is None:
        return ABSENT
    return f"{_tenths(after - before):+.1f}".replace("-", "−")


def _tenths(fraction: float) -> float:
    return math.floor(1000 * fraction + 0.5) / 10


def number(value: float | None) -> str:
    """Write a number with as few digits as it needs; a dash where there is none."""
    return ABSENT if value is None else f"{value:,g}" if isinstance(value, float) else f"{value:,}"


def counted(amount: int, noun: str) -> str:
    """Write an amount with its noun: "1 class", "4 classes", "10,000 samples"."""
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{amount:,} {noun if amount == 1 else plural}"


def calibration_line(calibration: Mapping[str, Any]) -> str:
    """The expected calibration error of all samples and of each group, in one line."""
    groups = ", ".join(
        f"{group} {percent(calibration[f'ece_{group}'])}" for group in ("many", "medium", "few")
    )
    temperature = calibration.get("temperature")
    fitted = "" if temperature is None else f"; temperature {temperature:.2f}"
    return f"Expected calibration error {percent(calibration['ece'])} % ({groups}){fitted}."


def recipe_in_words(calls: Sequence[Mapping[str, Any]]) -> str:
    """Name a recipe and its modifiers: "ldam with deferred_reweighting and tde"."""
    base, *modifiers = (call["word"] for call in calls)
    if not modifiers:
        return base
    *others, last = modifiers
    return f"{base} with {', '.join(others)} and {last}" if others else f"{base} with {last}"


def setting_rows(settings: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Flatten nested settings to (dotted name, value in words) rows."""
    rows: list[tuple[str, str]] = []
    for name, value in settings.items():
        if isinstance(value, Mapping):
            rows += setting_rows(value, f"{prefix}{name}.")
        else:
            rows.append((f"{prefix}{name}", _value_in_words(value)))
    return rows


def _value_in_words(value: object) -> str:
    if value is None:
        return ABSENT
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, (list, tuple)):
        return _list_in_words(value)
    return str(value)


def _list_in_words(values: Sequence[object], shown: int = 8) -> str:
    if not values:
        return ABSENT
    words = ", ".join(_value_in_words(value) for value in values[:shown])
    return words if len(values) <= shown else f"{words}, … ({len(values)} values)"
