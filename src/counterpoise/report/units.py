"""Seconds and bytes in words."""

from counterpoise.report.words import ABSENT


def duration(seconds: float | None) -> str:
    """Write a time in the unit that suits it: "0.4 s", "12 s", "3.4 min", "2.1 h"; a dash where unknown."""
    if seconds is None:
        return ABSENT
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"


def milliseconds(seconds: float | None) -> str:
    """Write a short time with two significant digits: "0.051 ms", "12 ms"; a dash where unknown."""
    if seconds is None:
        return ABSENT
    return f"{float(f'{1000 * seconds:.2g}'):g} ms"


def memory(amount: int | None) -> str:
    """Write bytes as "412 MiB" or "1.2 GiB"; a dash where unknown."""
    if amount is None:
        return ABSENT
    return f"{amount / 2**20:.0f} MiB" if amount < 2**30 else f"{amount / 2**30:.1f} GiB"
