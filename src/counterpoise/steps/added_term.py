"""A term beside the loss, whose weight follows the epoch."""

from abc import ABC, abstractmethod
from dataclasses import replace

from torch import Tensor

from counterpoise.net import Net
from counterpoise.ramps import ByEpoch
from counterpoise.steps.step import Seen, Step


class AddedTerm(Step, ABC):
    """Adds a weighed term of its own name. Its place is after the step whose results it reads.

    Args:
        weight: of the term, from (epoch, epochs), such as `Ramped` or `stepped` of `counterpoise.ramps`.
    """

    name: str

    def __init__(self, weight: ByEpoch) -> None:
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
