"""What a predictor may be able to do."""

from typing import Protocol, runtime_checkable

from torch import Tensor


@runtime_checkable
class Calibrated(Protocol):
    """The ability to choose a strength after training; the choice is kept in a buffer."""

    def calibrate(self, features: Tensor, targets: Tensor | None) -> str:
        """Choose on features and labels of a validation split, or on training features without labels.

        Returns a sentence that says what was chosen and how.
        """
        ...
