"""Features of a frozen backbone whose batch-norm statistics go on."""

from counterpoise.net import Net
from counterpoise.steps.ordinary import Encode
from counterpoise.steps.step import Seen, Step


class EncodeInTraining(Step):
    """Encodes with the backbone in training mode, so that its batch norms use and track the batch.

    For a second stage that freezes the backbone. The released Decoupling (Kang et al., ICLR 2020) freezes its
    weights alone: the statistics follow the balanced batches. `Encode` leaves a frozen backbone in evaluation mode.
    """

    def __init__(self) -> None:
        super().__init__()
        self.encode = Encode()

    def forward(self, net: Net, seen: Seen) -> Seen:
        """(B, ...) -> (B, D); the backbone stays in training mode until its stage ends an epoch."""
        net.backbone.train()
        return self.encode(net, seen)
