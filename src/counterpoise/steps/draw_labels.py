"""Soft labels for any loss that takes classes: labels are drawn from them anew in each epoch."""

from dataclasses import replace
from typing import final

import torch
from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.steps.step import Seen, Step


@final
class DrawLabels(Step):
    """Replaces the labels of samples that have soft ones by draws from these (ours).

    The mean over draws of a loss of classes is its loss of the soft label, so every loss, margin and weight learns from
    soft pseudo-labels without knowing of them. Its place is after "join". A sample has one draw in an epoch; the draws
    of all samples come from torch's global CPU generator at the first batch of an epoch. The engine seeds it with the
    epoch's number, so every process has the same ones.

    Args:
        probabilities: of the classes for each sample of the split, (N, C); a row of zeros where the label is certain.

    Raises:
        InputError: negative probabilities, or none that are finite.
    """

    probabilities: Tensor

    def __init__(self, probabilities: Tensor) -> None:
        super().__init__()
        if probabilities.ndim != 2 or not ((probabilities >= 0) & probabilities.isfinite()).all():
            raise InputError(
                f"soft labels must be (N, C) finite numbers from 0, but {tuple(probabilities.shape)} came"
            )
        self.register_buffer("probabilities", probabilities, persistent=False)
        self.drawn: Tensor | None = None

    def set_epoch(self, epoch: int, epochs: int) -> None:
        """Forget the draws of the epoch before."""
        self.drawn = None

    def forward(self, net: Net, seen: Seen) -> Seen:
        """Targets (B,) -> the same, or drawn."""
        if self.drawn is None:
            self.drawn = draws(self.probabilities.cpu()).to(seen.index.device)
        labels = self.drawn[seen.index]
        ((share, targets),) = seen.mixture
        return replace(seen, mixture=((share, torch.where(labels < 0, targets, labels)),))


def draws(probabilities: Tensor) -> Tensor:
    """One class for each row by its probabilities, -1 for a row of zeros; (N, C) -> (N,)."""
    sums = probabilities.cumsum(dim=1)
    thresholds = torch.rand(len(sums), 1, dtype=sums.dtype) * sums[:, -1:]
    drawn = (sums <= thresholds).sum(dim=1).clamp(max=probabilities.shape[1] - 1)
    return drawn.masked_fill(sums[:, -1] == 0, -1)
