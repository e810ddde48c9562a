"""One loss first, another later."""

from torch import Tensor

from counterpoise.losses.loss import Loss


class Deferred(Loss):
    """One loss until an epoch, another from then on; deferred re-weighting (Cao et al., NeurIPS 2019).

    The released LDAM-DRW is ``Deferred(ldam, ClassWeighted(ldam, weights), start=160)`` in 200 epochs. The clock
    is not stored: `set_epoch` tells it, and before it has, the run is in epoch 0.

    Args:
        before: loss of the epochs before ``start``.
        after: loss of the epoch ``start`` and all later ones.
        start: number of the first epoch with the later loss, from 0; the release has 160 of 200 epochs.
    """

    def __init__(self, before: Loss, after: Loss, *, start: int) -> None:
        super().__init__()
        self.before, self.after, self.start, self.epoch = before, after, start, 0

    @property
    def active(self) -> Loss:
        """The loss of this epoch."""
        return self.after if self.epoch >= self.start else self.before

    def set_epoch(self, epoch: int) -> None:
        """Set the clock to an epoch, from 0."""
        self.epoch = epoch
        self.before.set_epoch(epoch)
        self.after.set_epoch(epoch)

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample now; (B, C), (B,) -> (B,)."""
        return self.active.per_sample(logits, targets)

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of the batch now; (B, C), (B,) -> ()."""
        return self.active(logits, targets)
