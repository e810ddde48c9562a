"""Random generators from several numbers."""

import numpy as np
from torch import Generator

from counterpoise.errors import InputError


def generator_of(seed: tuple[int, ...]) -> Generator:
    """A random generator that depends on every number of ``seed``, and on their order.

    Raises:
        InputError: when a number is negative.
    """
    if min(seed, default=0) < 0:
        raise InputError(f"expected seeds of 0 or more, but got {seed}")
    state = np.random.SeedSequence((len(seed), *seed)).generate_state(1, np.uint64)[0]
    return Generator().manual_seed(int(state))
