"""Batch norms that look at a batch without remembering it."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


@contextmanager
def untracked(module: nn.Module) -> Iterator[None]:
    """Inside, batch norms in training mode use the statistics of the batch and leave their running ones alone.

    For passes through unlabeled or perturbed inputs that must not move what inference will use. Batch norms in
    evaluation mode are not changed.
    """
    norms = [part for part in module.modules() if getattr(part, "track_running_stats", False)]
    try:
        set_tracking(norms, False)
        yield
    finally:
        set_tracking(norms, True)


def set_tracking(norms: list[nn.Module], tracks: bool) -> None:
    """Say whether these batch norms move their running statistics in training mode."""
    for norm in norms:
        vars(norm)["track_running_stats"] = tracks
