"""What a regression loss is."""

from abc import abstractmethod

from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.losses.loss import Loss


class RegressionLoss(Loss):
    """A loss of each predicted number; predictions and targets have one shape, (B,) or (B, ...).

    The loss of a sample is the mean over its numbers, so a batch has the mean over all numbers, as in the released
    codes of imbalanced regression.
    """

    @abstractmethod
    def per_value(self, predictions: Tensor, targets: Tensor) -> Tensor:
        """Loss of each number; (B, ...), (B, ...) -> (B, ...)."""

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample; predictions (B, ...), targets (B, ...) -> (B,)."""
        return self.per_value(logits, targets).reshape(len(logits), -1).mean(dim=1)


def differences(predictions: Tensor, targets: Tensor) -> Tensor:
    """Prediction minus target in the precision of the predictions; (B, ...), (B, ...) -> (B, ...).

    Raises:
        InputError: another shape of the targets, which torch would silently spread to all pairs.
    """
    if predictions.shape != targets.shape:
        raise InputError(
            f"predictions and targets must have one shape, but {tuple(predictions.shape)} and "
            f"{tuple(targets.shape)} came; reshape the targets like the predictions"
        )
    return predictions - targets.to(predictions.dtype)
