"""Focal losses of regression: samples that are already near their target count less."""

from abc import abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.losses.regression_loss import RegressionLoss, differences

Activation = Callable[[Tensor], Tensor]


def sigmoid_activation(scaled_error: Tensor) -> Tensor:
    """``2 sigmoid(z) - 1``, which grows from 0 at no error to 1; of any shape."""
    return torch.tanh(scaled_error / 2)


class FocalRegressionLoss(RegressionLoss):
    """Another loss of the error e times ``a(beta |e|)^gamma``; the final classes say which."""

    def __init__(
        self, *, beta: float = 0.2, gamma: float = 1.0, activation: Activation = sigmoid_activation
    ) -> None:
        super().__init__()
        check(beta, gamma)
        self.beta, self.gamma, self.activation = beta, gamma, activation

    @abstractmethod
    def plain(self, error: Tensor) -> Tensor:
        """The loss without its factor; (B, ...) -> (B, ...)."""

    def per_value(self, predictions: Tensor, targets: Tensor) -> Tensor:
        """Loss of each number; (B, ...), (B, ...) -> (B, ...)."""
        error = differences(predictions, targets).abs()
        return power(self.activation(self.beta * error), self.gamma) * self.plain(error)


class FocalL1Loss(FocalRegressionLoss):
    """Focal-L1 ``a(beta |e|)^gamma |e|``; Focal-R of Yang et al. (ICML 2021).

    The gradient flows through the factor too, as in the released code. Training and inference compute the same.

    Args:
        beta: scale of the error in the factor (released code: 0.2 for ages, 20 for targets in 0 .. 1).
        gamma: power of the factor (released code: 1); 0 is the absolute error.
        activation: `sigmoid_activation` (the paper's) or `torch.tanh` (the other one of the released code).

    Raises:
        InputError: beta or gamma is negative.
    """

    def plain(self, error: Tensor) -> Tensor:
        """The absolute error; (B, ...) -> (B, ...)."""
        return error


class FocalMSELoss(FocalRegressionLoss):
    """Focal-MSE ``a(beta |e|)^gamma e^2``; see `FocalL1Loss`. Training and inference compute the same.

    Args:
        beta: scale of the error in the factor (released code: 0.2 for ages, 20 for targets in 0 .. 1).
        gamma: power of the factor (released code: 1); 0 is the squared error.
        activation: `sigmoid_activation` (the paper's) or `torch.tanh` (the other one of the released code).

    Raises:
        InputError: beta or gamma is negative.
    """

    def plain(self, error: Tensor) -> Tensor:
        """The squared error; (B, ...) -> (B, ...)."""
        return error.square()


def power(share: Tensor, gamma: float) -> Tensor:
    """``share^gamma``, kept above zero: a power below 1 has no finite slope at zero."""
    return share.clamp(min=torch.finfo(share.dtype).tiny) ** gamma


def check(beta: float, gamma: float) -> None:
    """Refuse a negative scale or power."""
    if not (beta >= 0 and gamma >= 0):
        raise InputError(
            f"beta and gamma must be 0 or more, but {beta} and {gamma} came; the released code has 0.2 and 1"
        )
