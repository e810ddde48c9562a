"""Steps: what happens with one batch."""

from counterpoise.steps.ordinary import Encode, Join, Score, Supervise, Track, supervised
from counterpoise.steps.step import Objective, Seen, Step, total

__all__ = [
    "Encode",
    "Join",
    "Objective",
    "Score",
    "Seen",
    "Step",
    "Supervise",
    "Track",
    "supervised",
    "total",
]
