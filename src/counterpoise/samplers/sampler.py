"""What a sampler is: a rule that says which samples an epoch visits, and in which order."""

from abc import ABC, abstractmethod

from torch import Generator, Tensor


class Sampler(ABC):
    """The order in which one epoch visits the samples of a split.

    A sampler holds no state between epochs and no random generator of its own: all its randomness comes from
    the generator that it is handed, so an epoch can be replayed from its seed alone.
    """

    @abstractmethod
    def __len__(self) -> int:
        """Number of visits per epoch."""

    @abstractmethod
    def order(self, generator: Generator) -> Tensor:
        """Positions in the split, (len(self),) int64, for one epoch."""
