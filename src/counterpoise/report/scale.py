"""How the scores of an evaluation are written and drawn: accuracies in percent, or errors in units of a target."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from counterpoise.report.evaluation import Evaluation, detects
from counterpoise.report.spread import Spread
from counterpoise.report.style import percent_axis
from counterpoise.report.words import ABSENT, difference, percent


@dataclass(frozen=True)
class Scale:
    """A unit for scores, and which of two scores is better.

    Attributes:
        factor: from a score to the number that is shown.
        digits: decimals of what is shown.
        sign: stands after a number, with a blank in front: " %", or nothing.
        words: the unit for people, after the name of the metric.
        higher: whether the higher score is the better one.
        whole: whether the axis of percentages always has room for 100 %; else it ends above what is drawn.
    """

    factor: float
    digits: int
    sign: str
    words: str
    higher: bool
    whole: bool = True

    def text(self, value: float | None) -> str:
        """A score without its unit; a dash where there is none."""
        if value is None:
            return ABSENT
        return percent(value) if self.higher else f"{value:.{self.digits}f}"

    def difference(self, after: float | None, before: float | None) -> str:
        """The signed change of a score; a dash where either is missing."""
        if self.higher or after is None or before is None:
            return difference(after, before)
        return f"{after - before:+.{self.digits}f}".replace("-", "−")

    def spread(self, found: Spread) -> str:
        """Mean and deviation, the latter only where there is one: "63.4 ± 0.5"."""
        around = "" if found.deviation is None else f" ± {self.text(found.deviation)}"
        return f"{self.text(found.mean)}{around}"

    def drawn(self, values: Iterable[float | None]) -> list[float | None]:
        """Scores as heights in a figure; what is absent stays absent and is not drawn."""
        return [None if value is None else round(self.factor * value, self.digits + 1) for value in values]

    def hover(self, letter: str) -> str:
        """What the pointer shows for a height of this letter."""
        return f"%{{{letter}:.{self.digits}f}}{self.sign}"

    def axis(self, title: str, highest: float, drawn: Sequence[float | None] = ()) -> dict[str, Any]:
        """Describe an axis from 0: up to ``highest`` percent, or to just above all that is drawn."""
        top = 1.12 * max((value for value in drawn if value is not None), default=1.0) or 1.0
        if self.higher:
            return percent_axis(title, highest if self.whole else min(highest, top))
        return {"title_text": title, "range": [0, top], "nticks": 6}

    def better(self, values: Sequence[float | None]) -> int:
        """Position of the best of some scores; absent ones are worst."""
        worst = -math.inf if self.higher else math.inf
        known = [worst if value is None else value for value in values]
        return (max if self.higher else min)(range(len(known)), key=lambda position: known[position])


PERCENT = Scale(100.0, 1, " %", "in percent", higher=True)
PRECISION = Scale(100.0, 1, " %", "in percent", higher=True, whole=False)
"""Of objects that are detected, whose average precision is far from 100 % (LVIS)."""


def scale_of(evaluation: Evaluation) -> Scale:
    """That of an evaluation: percent, unless it says that lower is better; then units of its target."""
    if evaluation.get("better") != "lower":
        return PRECISION if detects(evaluation) else PERCENT
    words = f"in units of {evaluation['target']}; lower is better"
    return Scale(1.0, _digits(evaluation["overall"]), "", words, higher=False)


def _digits(error: float | None) -> int:
    """Decimals that show an error to about a hundredth of its size: two for 3.14 and for 13.92."""
    exponent = math.floor(math.log10(error)) if error else 0
    return 2 - exponent if exponent < 0 else max(0, 3 - max(exponent, 1))
