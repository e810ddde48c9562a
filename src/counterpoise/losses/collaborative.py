"""Experts learn together: one loss of their mean logits."""

from torch import Tensor

from counterpoise.experts import unpacked
from counterpoise.losses.loss import Loss


class Collaborative(Loss):
    """A loss of the mean of E experts' logits, E times: the collaborative loss against which RIDE argues.

    It takes the outputs of E experts, (B, E * C). Experts that share one loss correct each other and stay alike (Wang
    et al., ICLR 2021); `EachExpert` has a loss for each. The release adds it once for each expert, hence the factor:
    the gradient of an expert is as large as with a loss of its own. With `KnowledgeDistillation` it is the distillation
    of the release, whose loop has the same factor. Training and inference compute the same.

    Args:
        loss: of the mean logits, (B, C).
        experts: number of experts E.
    """

    def __init__(self, loss: Loss, experts: int) -> None:
        super().__init__()
        self.loss, self.experts = loss, experts

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample; (B, E * C), (B,) -> (B,)."""
        return self.experts * self.loss.per_sample(self._mean(logits), targets)

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of the batch; (B, E * C), (B,) -> ()."""
        return self.experts * self.loss(self._mean(logits), targets)

    def set_epoch(self, epoch: int) -> None:
        """Tell the loss of the mean."""
        self.loss.set_epoch(epoch)

    def _mean(self, outputs: Tensor) -> Tensor:
        return unpacked(outputs, self.experts).mean(dim=1)
