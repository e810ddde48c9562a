"""DC-regression: regression that is held to the class of its target."""

import torch
from torch import Tensor

from counterpoise.bins import checked_edges, class_of
from counterpoise.distributed import sum_over_processes
from counterpoise.errors import InputError
from counterpoise.losses.loss import Loss
from counterpoise.losses.regression_loss import differences


class DiscreteConstrainedLoss(Loss):
    """Absolute error where the class is wrong, plus that of the blocks that bias an image (Xiong & Yao, ECCV 2022).

    The class term is the mean of ``|e|`` over the numbers that fall in another class than their target, the bias term
    that over the numbers of `image_bias_mask`; see there. Neither mask has a gradient. Both means are over the
    whole batch, also of several processes, and 0 where nothing is kept. Training and inference compute the same.

    Args:
        edges: the edges of the classes, (C+1,), see `counterpoise.bins`.
        bias_weight: weight of the bias term beside the class term (released code, crowd counting: 1). Use 0 for
            targets whose sum over a sample means nothing, such as ages (ours).
        tolerance: by how much the sum of a sample may be off before the bias term looks at it (released code: 0.5).

    Raises:
        InputError: edges that do not rise, or a negative weight.
    """

    edges: Tensor

    def __init__(self, edges: Tensor, *, bias_weight: float = 1.0, tolerance: float = 0.5) -> None:
        super().__init__()
        self.tolerance = tolerance
        if not bias_weight >= 0:
            raise InputError(
                f"bias_weight must be 0 or more, but {bias_weight} came; the released code has 1"
            )
        self.bias_weight = bias_weight
        self.register_buffer("edges", checked_edges(edges), persistent=False)

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """What each sample adds to the mean of the batch; (B, ...), (B, ...) -> (B,)."""
        errors = differences(logits, targets).abs()
        terms = kept_errors(errors, wrong_class_mask(logits, targets, self.edges))
        if self.bias_weight:
            terms = terms + self.bias_weight * self._biased(errors, logits, targets)
        return terms.reshape(len(terms), -1).mean(dim=1)

    def _biased(self, errors: Tensor, logits: Tensor, targets: Tensor) -> Tensor:
        return kept_errors(errors, image_bias_mask(logits, targets, tolerance=self.tolerance))


def wrong_class_mask(predictions: Tensor, targets: Tensor, edges: Tensor) -> Tensor:
    """Which numbers fall in another class than their target; (B, ...), (B, ...), (C+1,) -> (B, ...) bool."""
    return class_of(predictions.detach(), edges) != class_of(targets, edges)


def image_bias_mask(predictions: Tensor, targets: Tensor, *, tolerance: float = 0.5) -> Tensor:
    """Which numbers cause the bias of their sample's sum; (B, ...), (B, ...) -> (B, ...) bool.

    The errors of a sample are turned so that their sum is positive and sorted. The longest run from the smallest on
    whose sum stays at or below 0 cancels out; kept is what lies above the error that follows. Samples whose sum is
    off by no more than the tolerance, 0.5 in the released code, keep nothing.
    """
    errors = (predictions - targets).detach().reshape(len(predictions), -1)
    total = errors.sum(dim=1, keepdim=True)
    turned = errors * total.sign()
    ordered = turned.sort(dim=1).values
    cancelled = (ordered.cumsum(dim=1) <= 0).sum(dim=1, keepdim=True).clamp(max=errors.shape[1] - 1)
    kept = (turned > ordered.gather(1, cancelled)) & (total.abs() > tolerance)
    return kept.reshape(predictions.shape)


def kept_errors(errors: Tensor, mask: Tensor) -> Tensor:
    """Numbers whose plain mean is the mean of the kept errors of all processes; (B, ...), (B, ...) -> (B, ...)."""
    counts = torch.stack([mask.sum(), mask.new_tensor(mask.numel(), dtype=torch.int64)])
    kept, numbers = sum_over_processes(counts).double()
    return errors * mask * (numbers / kept.clamp(min=1))
