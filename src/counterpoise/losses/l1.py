"""Absolute error."""

from torch import Tensor

from counterpoise.losses.regression_loss import RegressionLoss, differences


class L1Loss(RegressionLoss):
    """Absolute error ``|x - t|``, the loss of the age benchmarks of Yang et al. (ICML 2021).

    Like `torch.nn.L1Loss`, and able to tell the loss of each sample. Training and inference compute the same.
    """

    def per_value(self, predictions: Tensor, targets: Tensor) -> Tensor:
        """Absolute error of each number; (B, ...), (B, ...) -> (B, ...)."""
        return differences(predictions, targets).abs()
