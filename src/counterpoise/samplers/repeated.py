"""As many visits as another stream needs, however many samples there are."""

from typing import final

import torch
from torch import Generator, Tensor

from counterpoise.errors import InputError
from counterpoise.samplers.sampler import Sampler


@final
class Repeated(Sampler):
    """One random permutation of ``size`` samples after the other, cut off after so many visits.

    For unlabeled samples beside labeled ones, whose number makes the epoch: none is visited twice before all are once.

    Args:
        size: number of samples.
        visits: length of an epoch.

    Raises:
        InputError: there are no samples, or no visits.
    """

    def __init__(self, size: int, visits: int) -> None:
        if size < 1 or visits < 1:
            raise InputError(
                f"expected at least 1 sample and 1 visit, but {size} samples and {visits} visits came"
            )
        self.size, self.visits = size, visits

    def __len__(self) -> int:
        return self.visits

    def order(self, generator: Generator) -> Tensor:
        """(visits,) positions."""
        passes = -(-self.visits // self.size)
        drawn = [torch.randperm(self.size, generator=generator) for _ in range(passes)]
        return torch.cat(drawn)[: self.visits]
