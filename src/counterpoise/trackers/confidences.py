"""How sure a net was of each training sample when it last saw it."""

import torch
from torch import Tensor, nn

from counterpoise.trackers.latest import dealt_rows, last_of_each


class Confidences(nn.Module):
    """Probability of the true class of each sample, recorded while training on it.

    In training `record` every batch of an epoch, and then call `close_epoch`: ``latest`` holds what was recorded since
    the last call, nan for samples that were not seen, and begins with nan. So the released code of invariant feature
    learning (Tang et al., ECCV 2022) does it, in place of a pass of its own: with augmented views, and weights that go
    on learning. With several processes each records its rows, every ``world``-th of a batch.

    Args:
        size: number of training samples N.
    """

    latest: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("latest", torch.full((size,), torch.nan))
        self.recorded: Tensor | None = None  # no buffer: it lives within an epoch

    @torch.no_grad()
    def record(self, index: Tensor, confidences: Tensor) -> None:
        """Take in a batch; the last of several rows of one sample counts; (B,), (B,)."""
        index, confidences = dealt_rows(index), dealt_rows(confidences)
        if self.recorded is None:
            self.recorded = torch.full_like(self.latest, torch.nan)
        last = last_of_each(index)
        self.recorded[index[last]] = confidences[last].to(self.recorded.dtype)

    @torch.no_grad()
    def close_epoch(self) -> None:
        """Make what was recorded the latest."""
        nothing = torch.full_like(self.latest, torch.nan)
        self.latest.copy_(nothing if self.recorded is None else self.recorded)
        self.recorded = None
