"""Randomness of a transform that knows none but torch's global generator, from a seed of its own."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Within it, torch's global CPU generator starts at ``seed``; afterwards it is as it was before."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield
