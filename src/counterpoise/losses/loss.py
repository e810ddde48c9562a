"""What a loss is."""

from abc import ABC, abstractmethod

from torch import Tensor, nn


class Loss(nn.Module, ABC):
    """Called like `torch.nn.CrossEntropyLoss`, and able to tell the loss of each sample.

    With several processes each computes the loss of its own rows. Every loss keeps to this: the mean over the
    processes, each weighted by its number of rows, is the loss of the whole batch. The training loop does the
    weighing, for the processes may have unequal numbers of rows.
    """

    @abstractmethod
    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample; (B, C), (B,) -> (B,)."""

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Mean loss of the batch; (B, C), (B,) -> ()."""
        return self.per_sample(logits, targets).mean()

    def set_epoch(self, epoch: int) -> None:
        """Hear that an epoch, counted from 0, begins; the clock is never stored."""
