"""Mean and standard deviation of one number over several seeds."""

import statistics
from collections.abc import Iterable
from typing import NamedTuple

from counterpoise.report.words import ABSENT, percent


class Spread(NamedTuple):
    """A mean of fractions with its sample standard deviation (divisor n - 1), None where not defined."""

    mean: float | None
    deviation: float | None

    def __str__(self) -> str:
        """In percent, the deviation only where there is one: "63.4", "63.4 ± 0.5" or a dash."""
        if self.mean is None:
            return ABSENT
        return percent(self.mean) + ("" if self.deviation is None else f" ± {percent(self.deviation)}")


def spread(values: Iterable[float | None]) -> Spread:
    """Summarise the values that exist; one value has no deviation, none has no mean."""
    known = [value for value in values if value is not None]
    return Spread(
        statistics.fmean(known) if known else None,
        statistics.stdev(known) if len(known) > 1 else None,
    )
