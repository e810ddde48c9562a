"""The loss of a hierarchical classifier: cross-entropy at every level."""

import torch
from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.hierarchy import checked_levels, level_sizes
from counterpoise.losses.loss import Loss
from counterpoise.losses.soft_ordinal import soft_cross_entropy, soft_ordinal_labels


class HierarchicalLoss(Loss):
    """Sum over the levels of softmax cross-entropy (Xiong, Yao, CVPR 2024, equation 6), with labels hard or soft.

    It takes the outputs of a `HierarchicalClassifier`, (B, S), and targets that are finest classes, (B,). All levels
    count the same, as in the paper. Training and inference compute the same.

    Args:
        levels: the hierarchy, (H, C), see `counterpoise.hierarchy`.
        labels: what each finest class asks of the classes of all levels, (C, S):
            ``level_labels(soft_ordinal_labels(positions, positions), levels)``, or ``level_labels(torch.eye(C),
            levels)`` for one-hot labels; see `counterpoise.hierarchy.level_labels`.

    Raises:
        InputError: levels that are none, or labels of another shape.
    """

    labels: Tensor

    def __init__(self, levels: Tensor, labels: Tensor) -> None:
        super().__init__()
        self.sizes = level_sizes(checked_levels(levels))
        wanted = (self.sizes[-1], sum(self.sizes))
        if labels.shape != wanted:
            raise InputError(
                f"labels must be {wanted}, a row for each finest class and a column for each class of any level, but "
                f"{tuple(labels.shape)} came; make them with level_labels"
            )
        self.register_buffer("labels", labels, persistent=False)

    def per_level(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample at each level; (B, S), (B,) -> (B, H)."""
        pairs = zip(
            outputs.split(self.sizes, dim=1), self.labels[targets].split(self.sizes, dim=1), strict=True
        )
        return torch.stack([soft_cross_entropy(logits, labels) for logits, labels in pairs], dim=1)

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample; (B, S), (B,) -> (B,)."""
        return self.per_level(logits, targets).sum(dim=1)


def index_level_labels(levels: Tensor, *, temperature: float = 2.0) -> Tensor:
    """Soft labels by the squared distance of class numbers, at every level anew; (H, C) -> (C, S).

    The other reading of a paper that smooths all levels and does not say how: it puts 0.38 on the wrong one of two
    classes, where `level_labels` of the finest stay consistent.

    Args:
        levels: the hierarchy, (H, C).
        temperature: the same at all levels, see `soft_ordinal_labels`.
    """
    numbers = [torch.arange(size) for size in level_sizes(levels)]
    pairs = zip(levels, numbers, strict=True)
    return torch.cat([soft_ordinal_labels(*pair, temperature=temperature) for pair in pairs], dim=1)
