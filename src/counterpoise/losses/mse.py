"""Squared error."""

from torch import Tensor

from counterpoise.losses.regression_loss import RegressionLoss, differences


class MSELoss(RegressionLoss):
    """Squared error ``(x - t)^2``, the loss of the depth and text benchmarks of Yang et al. (ICML 2021).

    Like `torch.nn.MSELoss`, and able to tell the loss of each sample. Training and inference compute the same.
    """

    def per_value(self, predictions: Tensor, targets: Tensor) -> Tensor:
        """Squared error of each number; (B, ...), (B, ...) -> (B, ...)."""
        return differences(predictions, targets).square()
