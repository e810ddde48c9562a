"""The two plain samplers: every sample once per epoch, shuffled or in order."""

from typing import final

import torch
from torch import Generator, Tensor

from counterpoise.samplers.sampler import Sampler


@final
class Shuffled(Sampler):
    """Every one of ``size`` samples once per epoch, in random order (instance-balanced sampling)."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __len__(self) -> int:
        return self.size

    def order(self, generator: Generator) -> Tensor:
        """A random permutation."""
        return torch.randperm(self.size, generator=generator)


@final
class InOrder(Sampler):
    """Every one of ``size`` samples once, first to last: for evaluation."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __len__(self) -> int:
        return self.size

    def order(self, generator: Generator) -> Tensor:
        """0 to size - 1."""
        return torch.arange(self.size)
