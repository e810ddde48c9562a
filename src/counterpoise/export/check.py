"""No file is written that answers otherwise than PyTorch."""

from collections.abc import Callable

from counterpoise.errors import InputError
from counterpoise.export.graph import Results
from counterpoise.export.served import Case, Served, expected

TOLERANCE = 1e-5

Run = Callable[[Case], Results]
"""Answers of an exported file."""


def checked(served: Served, run: Run) -> float:
    """The largest difference between an exported file and PyTorch, over all cases; see `Graph.apart`.

    Raises:
        InputError: it is above 1e-5.
    """
    pairs = [(expected(served.predictor, served.facts, case), run(case)) for case in served.cases]
    largest = max(served.graph.apart(*pair) for pair in pairs)
    if largest > TOLERANCE:
        raise InputError(
            f"the exported predictor differs from PyTorch by up to {largest:.1e}, and at most {TOLERANCE:.0e} is "
            "expected; nothing was written; take another --format, and tell us about this run"
        )
    return largest
