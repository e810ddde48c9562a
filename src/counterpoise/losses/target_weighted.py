"""A loss whose continuous targets weigh differently."""

from torch import Tensor

from counterpoise.bins import checked_edges, class_of
from counterpoise.errors import InputError
from counterpoise.losses.loss import Loss
from counterpoise.losses.regression_loss import RegressionLoss


class TargetWeighted(Loss):
    """Weighs the loss of each target by its bin, then takes the plain mean (Yang et al., ICML 2021).

    With `counterpoise.smoothing.lds_weights` this is label distribution smoothing (LDS). The weights of a training
    set have the mean 1, so the plain mean keeps the scale of the loss. Training and inference compute the same.

    Args:
        loss: gives the loss of each sample, or for targets of several numbers, a `RegressionLoss`, of each number.
        weights: weight of each bin, (K,).
        edges: the edges of the bins, (K+1,), see `counterpoise.bins`; what lies outside belongs to the first or the
            last bin. Targets that lie on edges need edges of their own precision: the float32 number 1.8 lies below
            the float64 number 1.8.

    Raises:
        InputError: a weight that is negative or not finite, or edges that do not rise or are not one more.
    """

    weights: Tensor
    edges: Tensor

    def __init__(self, loss: Loss, weights: Tensor, *, edges: Tensor) -> None:
        super().__init__()
        if weights.ndim != 1 or not ((weights >= 0) & weights.isfinite()).all():
            raise InputError(
                f"bin weights must be (K,) finite numbers from 0, but {weights.tolist()} came; "
                "compute them with lds_weights"
            )
        if len(checked_edges(edges)) != len(weights) + 1:
            raise InputError(
                f"{len(weights)} weights need {len(weights) + 1} edges, but {len(edges)} came; give the edges that the "
                "training targets were counted with"
            )
        self.loss = loss
        self.register_buffer("weights", weights, persistent=False)
        self.register_buffer("edges", edges, persistent=False)

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Weighted loss of each sample; outputs of any shape, (B, ...) -> (B,)."""
        each = self.loss.per_value if isinstance(self.loss, RegressionLoss) else self.loss.per_sample
        weighted = self.weights[class_of(targets, self.edges)] * each(logits, targets)
        return weighted.reshape(len(targets), -1).mean(dim=1)

    def set_epoch(self, epoch: int) -> None:
        """Tell the weighted loss."""
        self.loss.set_epoch(epoch)
