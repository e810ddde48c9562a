"""Soft ordinal labels: a near class is less wrong than a far one."""

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.losses.closed_form import at_least_float32
from counterpoise.losses.loss import Loss

Distance = Callable[[Tensor, Tensor], Tensor]


def absolute_distance(targets: Tensor, positions: Tensor) -> Tensor:
    """``|t - r|``."""
    return (targets - positions).abs()


def squared_distance(targets: Tensor, positions: Tensor) -> Tensor:
    """``(t - r)^2``."""
    return (targets - positions).square()


def log_squared_distance(targets: Tensor, positions: Tensor) -> Tensor:
    """``(log t - log r)^2``.

    Raises:
        InputError: a number is not above 0.
    """
    if not ((targets > 0).all() and (positions > 0).all()):
        raise InputError(
            "distances between logarithms need targets and positions above 0, but others came; for logarithmic bins "
            "the squared_distance of class numbers is proportional"
        )
    return squared_distance(targets.log(), positions.log())


def soft_ordinal_labels(
    targets: Tensor, positions: Tensor, *, temperature: float = 2.0, distance: Distance = squared_distance
) -> Tensor:
    """Labels ``y_i ~ exp(-distance(t, r_i) / temperature)`` that sum to 1; SORD (Diaz, Marathe, CVPR 2019).

    With the squared distance and ``temperature = 2 sigma^2`` they are a discrete Gaussian, the "Gaussian smoothing" of
    hierarchical classification adjustment. No sigma is published; one class width is ours.

    Args:
        targets: t, (B,): values, or classes where the positions are class numbers.
        positions: r of the classes in the same unit, (C,): their representatives, or 0 .. C - 1.
        temperature: above 0; towards 0 all weight is on the nearest class.
        distance: `absolute_distance`, `squared_distance`, `log_squared_distance`, or one of your own.

    Returns:
        Labels, (B, C), in the type of the positions; float32 for whole numbers.

    Raises:
        InputError: the temperature is not positive.
    """
    if not temperature > 0:
        raise InputError(f"temperature must be positive, but {temperature} came; 2 is a sigma of one class")
    positions = positions if positions.is_floating_point() else positions.float()
    apart = distance(targets.to(positions.dtype).unsqueeze(1), positions.unsqueeze(0))
    return (-apart / temperature).softmax(dim=1)


class SoftOrdinalLoss(Loss):
    """Softmax cross-entropy ``-sum_i y_i log p_i`` with soft ordinal labels y; SORD (Diaz, Marathe, CVPR 2019).

    The targets are classes, (B,), so that losses and weights for classes wrap it; a class stands where its position is.
    Training and inference compute the same.

    Args:
        positions: of the classes, (C,): the representatives for bins of equal width, 0 .. C - 1 for others (ours).
        temperature: see `soft_ordinal_labels`.
        distance: see `soft_ordinal_labels`.

    Raises:
        InputError: the temperature is not positive.
    """

    labels: Tensor

    def __init__(
        self, positions: Tensor, *, temperature: float = 2.0, distance: Distance = squared_distance
    ) -> None:
        super().__init__()
        labels = soft_ordinal_labels(positions, positions, temperature=temperature, distance=distance)
        self.register_buffer("labels", labels, persistent=False)

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample; (B, C), (B,) -> (B,)."""
        return soft_cross_entropy(logits, self.labels[targets])


def soft_cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """``-sum_i y_i log softmax(z)_i``; (B, C), (B, C) -> (B,)."""
    logits = at_least_float32(logits)
    return F.cross_entropy(logits, labels.to(logits.dtype), reduction="none")
