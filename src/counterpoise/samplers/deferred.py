"""One sampler first, another later."""

from typing import final

from torch import Generator, Tensor

from counterpoise.errors import InputError
from counterpoise.samplers.epoch_aware import EpochAware
from counterpoise.samplers.sampler import Sampler


@final
class DeferredSampler(Sampler):
    """One sampler until an epoch, another from then on: deferred re-sampling (Cao et al., NeurIPS 2019).

    CE-DRS is ``DeferredSampler(Shuffled(N), EffectiveNumberSampler(...), start=160)`` in 200 epochs. The clock is
    not stored: `set_epoch` tells it to both samplers as well, and before it has, the run is in epoch 0.

    Args:
        before: sampler of the epochs before ``start``.
        after: sampler of the epoch ``start`` and all later ones; it visits as many samples per epoch.
        start: number of the first epoch with the later sampler, from 0; the release has 160 of 200 epochs.

    Raises:
        InputError: the two do not visit the same number of samples per epoch.
    """

    def __init__(self, before: Sampler, after: Sampler, *, start: int) -> None:
        if len(before) != len(after):
            raise InputError(
                f"expected two samplers with as many visits per epoch, but {len(before)} and {len(after)} came; "
                "build both over the same split"
            )
        self.before, self.after, self.start, self.epoch = before, after, start, 0

    @property
    def active(self) -> Sampler:
        """The sampler of this epoch."""
        return self.after if self.epoch >= self.start else self.before

    def set_epoch(self, epoch: int, epochs: int) -> None:
        """Set the clock to epoch ``epoch`` (from 0) of ``epochs``."""
        self.epoch = epoch
        for sampler in (self.before, self.after):
            if isinstance(sampler, EpochAware):
                sampler.set_epoch(epoch, epochs)

    def __len__(self) -> int:
        return len(self.before)

    def order(self, generator: Generator) -> Tensor:
        """That of the sampler of this epoch."""
        return self.active.order(generator)
