"""What steps have in common that hold outputs to targets: a loss, which modifiers can exchange."""

from abc import ABC, abstractmethod
from dataclasses import replace

from torch import Tensor

from counterpoise.losses.loss import Loss
from counterpoise.net import Net
from counterpoise.steps.step import Seen, Step


class Supervision(Step, ABC):
    """Adds the term "loss". Its place is "loss".

    Args:
        loss: called with outputs and targets.
    """

    def __init__(self, loss: Loss) -> None:
        super().__init__()
        self.loss = loss

    def set_epoch(self, epoch: int, epochs: int) -> None:
        """Tell the loss the time."""
        self.loss.set_epoch(epoch)

    def forward(self, net: Net, seen: Seen) -> Seen:
        """Add the term."""
        return replace(seen, terms={**seen.terms, "loss": self.term(seen)})

    @abstractmethod
    def term(self, seen: Seen) -> Tensor:
        """The loss of the batch, ()."""

    @abstractmethod
    def with_loss(self, loss: Loss) -> "Supervision":
        """A step of the same kind with another loss; see `Objective.wrap`."""
