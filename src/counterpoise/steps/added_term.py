"""What methods for unlabeled samples have in common: a term beside the loss, whose weight follows the epoch."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace

from torch import Tensor

from counterpoise.net import Net
from counterpoise.steps.step import Seen, Step


class AddedTerm(Step, ABC):
    """Adds a weighed term of its own name. Its place is after "encode".

    Args:
        weight: of the term, from (epoch, epochs), such as a `counterpoise.ramps.Ramped`.
    """

    name: str

    def __init__(self, weight: Callable[[int, int], float]) -> None:
        super().__init__()
        self.weight_of = weight
        self.weight = weight(0, 1)

    def set_epoch(self, epoch: int, epochs: int) -> None:
        """Set the weight of this epoch."""
        self.weight = self.weight_of(epoch, epochs)

    def forward(self, net: Net, seen: Seen) -> Seen:
        """Add the term."""
        return replace(seen, terms={**seen.terms, self.name: self.weight * self.term(net, seen)})

    @abstractmethod
    def term(self, net: Net, seen: Seen) -> Tensor:
        """The term before it is weighed, ()."""
