"""The running loss of each training sample, beside the largest of its class."""

import torch
from torch import Tensor, nn

from counterpoise.counts import count_classes
from counterpoise.errors import InputError
from counterpoise.trackers.latest import dealt_rows, last_of_each


class LossMemory(nn.Module):
    """Moving average of the loss of each sample: half of what LfF weighs by (Nam et al., NeurIPS 2020).

    The other half is the memory of the second net; `counterpoise.losses.failure_weights` of both `relative` losses are
    the weights. `update` comes first in each training step, as released. With several processes each gives its rows,
    every ``world``-th of a batch, and all remember the same.

    Args:
        targets: labels of the training samples, (N,).
        num_classes: C.
        decay: weight of the old average beside the new loss (released code: 0.7); the first loss replaces the start.

    Raises:
        InputError: decay outside 0 <= decay < 1, or a label outside 0 .. C-1.
    """

    targets: Tensor
    average: Tensor
    seen: Tensor

    def __init__(self, targets: Tensor, num_classes: int, *, decay: float = 0.7) -> None:
        super().__init__()
        if not 0 <= decay < 1:
            raise InputError(f"decay must lie in 0 <= decay < 1, but {decay} came; the released code has 0.7")
        count_classes(targets, num_classes)
        self.num_classes, self.decay = num_classes, decay
        self.register_buffer("targets", targets, persistent=False)
        self.register_buffer("average", torch.zeros(len(targets)))
        self.register_buffer("seen", torch.zeros(len(targets), dtype=torch.bool))

    @torch.no_grad()
    def update(self, index: Tensor, losses: Tensor) -> None:
        """Take in a batch; the last of several rows of one sample counts; (B,), (B,)."""
        index, losses = dealt_rows(index), dealt_rows(losses).to(self.average.dtype)
        last = last_of_each(index)
        rows, new = index[last], losses[last]
        kept = self.decay * self.average[rows] + (1 - self.decay) * new
        self.average[rows] = torch.where(self.seen[rows], kept, new)
        self.seen[rows] = True

    def relative(self, index: Tensor) -> Tensor:
        """Averages over the largest of the class in the whole data set, 0 where that is 0; (B,) -> (B,)."""
        largest = self.average.new_zeros(self.num_classes).scatter_reduce(
            0, self.targets, self.average, "amax"
        )
        found = largest[self.targets[index]]
        return self.average[index] / torch.where(found > 0, found, 1.0)
