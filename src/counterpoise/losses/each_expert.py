"""Every expert has a loss of its own."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from counterpoise.errors import InputError
from counterpoise.experts import unpacked
from counterpoise.losses.loss import Loss


class EachExpert(Loss):
    """Sum over experts of losses of their own logits.

    It takes the outputs of E experts, (B, E * C), see `counterpoise.classifiers.ExpertsClassifier`. With E times the
    same loss it is the individual classification loss of RIDE (Wang et al., ICLR 2021), with three different ones that
    of TADE (`tade_loss`). A batch has the sum of the losses of the batch, so a weighted mean stays one. Training and
    inference compute the same.

    Args:
        losses: one for each expert, in order; the same module may stand for several.

    Raises:
        InputError: no loss.
    """

    losses: nn.ModuleList

    def __init__(self, losses: Sequence[Loss]) -> None:
        super().__init__()
        if not losses:
            raise InputError("experts need one loss each, but none came; give as many as there are experts")
        self.losses = nn.ModuleList(losses)

    def per_expert(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Loss of the batch of each expert; (B, E * C), (B,) -> (E,)."""
        return torch.stack([loss(logits, targets) for loss, logits in self._pairs(outputs)])

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample; (B, E * C), (B,) -> (B,)."""
        losses = [loss.per_sample(own, targets) for loss, own in self._pairs(logits)]
        return torch.stack(losses).sum(dim=0)

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of the batch; (B, E * C), (B,) -> ()."""
        return self.per_expert(logits, targets).sum()

    def set_epoch(self, epoch: int) -> None:
        """Tell the loss of every expert."""
        for loss in self.losses:
            loss.set_epoch(epoch)  # pyright: ignore[reportCallIssue]

    def _pairs(self, outputs: Tensor) -> Iterable[tuple[Loss, Tensor]]:
        logits = unpacked(outputs, len(self.losses)).unbind(dim=1)
        return zip(self.losses, logits, strict=True)  # pyright: ignore[reportReturnType]
