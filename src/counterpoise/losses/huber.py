"""Huber loss: squared near the target, absolute far from it."""

import torch.nn.functional as F
from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.losses.regression_loss import RegressionLoss, differences


class HuberLoss(RegressionLoss):
    """Huber loss of Yang et al. (ICML 2021): ``e^2 / (2 beta)`` where ``|e| < beta``, else ``|e| - beta / 2``.

    It is `torch.nn.SmoothL1Loss`: torch's own Huber loss is beta times this. Training and inference compute the same.

    Args:
        beta: error from which the loss is absolute, above 0, in units of the target (released code: 1 for ages,
            0.3 for text similarity scaled to 0 .. 1).

    Raises:
        InputError: beta is not above 0.
    """

    def __init__(self, *, beta: float = 1.0) -> None:
        super().__init__()
        if not beta > 0:
            raise InputError(f"beta must be above 0, but {beta} came; the released code has 1 for ages")
        self.beta = beta

    def per_value(self, predictions: Tensor, targets: Tensor) -> Tensor:
        """Loss of each number; (B, ...), (B, ...) -> (B, ...)."""
        error = differences(predictions, targets)
        return F.smooth_l1_loss(error, error.new_zeros(()).expand_as(error), reduction="none", beta=self.beta)
