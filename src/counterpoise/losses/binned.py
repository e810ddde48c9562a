"""A loss of classes for a continuous target."""

from torch import Tensor

from counterpoise.bins import checked_edges, class_of
from counterpoise.losses.loss import Loss


class Binned(Loss):
    """Tells a classification loss the class of each continuous target; vanilla classification for regression.

    With `CrossEntropy` it is equation 3 of hierarchical classification adjustment (Xiong, Yao, CVPR 2024). Training and
    inference compute the same.

    Args:
        loss: takes logits and classes.
        edges: of the C classes, (C + 1,), see `counterpoise.bins`.

    Raises:
        InputError: edges that do not rise.
    """

    edges: Tensor

    def __init__(self, loss: Loss, edges: Tensor) -> None:
        super().__init__()
        self.loss = loss
        self.register_buffer("edges", checked_edges(edges), persistent=False)

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample; (B, C), (B,) values -> (B,)."""
        return self.loss.per_sample(logits, class_of(targets, self.edges))

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of the batch; (B, C), (B,) values -> ()."""
        return self.loss(logits, class_of(targets, self.edges))

    def set_epoch(self, epoch: int) -> None:
        """Tell the loss of classes."""
        self.loss.set_epoch(epoch)
