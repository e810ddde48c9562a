"""What all samplers share that draw samples by the probability of their class."""

from abc import abstractmethod

from torch import Generator, Tensor

from counterpoise.samplers.class_members import ClassMembers
from counterpoise.samplers.sampler import Sampler


class DrawingSampler(Sampler):
    """Draws a class by its probability, then any of its samples alike; with replacement.

    An epoch has as many visits as the split has samples.

    Args:
        targets: labels of the split, (N,) int64.
        class_counts: how many samples each class has in this split, (C,).

    Raises:
        InputError: there are no samples, or the counts are not those of the labels.
    """

    def __init__(self, targets: Tensor, class_counts: Tensor) -> None:
        self.members = ClassMembers(targets, class_counts)

    @abstractmethod
    def probabilities(self) -> Tensor:
        """How likely each class is in this epoch; (C,)."""

    def __len__(self) -> int:
        return len(self.members)

    def order(self, generator: Generator) -> Tensor:
        """Draws with replacement."""
        return self.members.draw(self.probabilities(), generator)
