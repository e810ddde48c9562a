"""A loss of whole images for rows that are their places."""

from typing import final

from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.losses.loss import Loss


@final
class PerImage(Loss):
    """Gives another loss the rows of an image side by side, so that it can look at their sum.

    Every row then has the loss of its image. Training and inference compute the same.

    Args:
        loss: takes predictions and targets of images, (B, P), such as `DiscreteConstrainedLoss`.
        places: number of rows P of an image, all of them known.

    Raises:
        InputError: no places; when called, rows that do not make whole images.
    """

    def __init__(self, loss: Loss, places: int) -> None:
        super().__init__()
        if places < 1:
            raise InputError(f"an image has at least 1 place, but {places} came")
        self.loss, self.places = loss, places

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each row; (B * P,), (B * P,) -> (B * P,)."""
        if len(targets) % self.places:
            raise InputError(
                f"{len(targets)} rows are no whole images of {self.places} places; let every place have a target"
            )
        images = self.loss.per_sample(logits.view(-1, self.places), targets.view(-1, self.places))
        return images.repeat_interleave(self.places)

    def set_epoch(self, epoch: int) -> None:
        """Tell the loss."""
        self.loss.set_epoch(epoch)
