"""Where labels stand beside the points of a figure, so that none lies on another, on a point, or on many lines."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LETTER, LINE, GAP = 6.2, 15.0, 7.0
"""Pixels: mean width of a letter, height of a line, distance from the middle of a point (ours, for 12.5 px)."""


class Box(NamedTuple):
    """A rectangle in pixels, y upwards."""

    left: float
    bottom: float
    right: float
    top: float

    def overlaps(self, other: "Box") -> bool:
        """Whether they share any area."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.bottom < other.top
            and other.bottom < self.top
        )

    def holds(self, points: NDArray) -> int:
        """How many of some points, (N, 2), lie inside."""
        inside = (points > (self.left, self.bottom)) & (points < (self.right, self.top))
        return int(inside.all(axis=1).sum())


def label_places(
    points: NDArray, texts: Sequence[str], frame: Box, lines: NDArray | None = None
) -> list[str | None]:
    """Beside its point, the place of each label in the words of Plotly; None where there is no room for it.

    Labels take their places one after another, each where the fewest points of lines lie under it.

    Args:
        points: in pixels, (N, 2).
        texts: N labels; the first choose first.
        frame: which no label may leave.
        lines: points on lines that labels should rather not cover, (M, 2).
    """
    taken = [Box(x - GAP, y - GAP, x + GAP, y + GAP) for x, y in points.tolist()]
    crossed = np.empty((0, 2)) if lines is None else lines
    places: list[str | None] = []
    for number, text in enumerate(texts):
        others = taken[:number] + taken[number + 1 :]
        free = [
            (box.holds(crossed), order, place, box)
            for order, (place, box) in enumerate(_candidates(points[number], len(text)))
            if _inside(box, frame) and not any(map(box.overlaps, others))
        ]
        *_, place, box = min(free, default=(0, 0, None, None))
        places.append(place)
        taken += [box] if box else []
    return places


def _candidates(point: NDArray, letters: int) -> Iterator[tuple[str, Box]]:
    (x, y), width = point.tolist(), LETTER * letters
    starts = {"right": x + GAP, "center": x - width / 2, "left": x - GAP - width}
    bottoms = {"middle": y - LINE / 2, "top": y + GAP, "bottom": y - GAP - LINE}
    for side in ("right", "left", "center"):
        for height in ("middle", "top", "bottom"):
            if (height, side) != ("middle", "center"):
                low = bottoms[height]
                yield f"{height} {side}", Box(starts[side], low, starts[side] + width, low + LINE)


def _inside(box: Box, frame: Box) -> bool:
    return (
        box.left >= frame.left
        and box.right <= frame.right
        and box.bottom >= frame.bottom
        and box.top <= frame.top
    )
