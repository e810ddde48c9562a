"""Hierarchical classifier: one linear layer for each level of ever finer classes."""

from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from counterpoise.errors import InputError
from counterpoise.hierarchy import checked_levels, level_sizes
from counterpoise.net import Classifier


@runtime_checkable
class Hierarchical(Protocol):
    """The ability that the hierarchical predictors need: scores of classes at several levels."""

    dim: int
    num_classes: int
    levels: Tensor

    def outputs(self, features: Tensor) -> Tensor:
        """Logits of all levels, the finest last; (B, D) -> (B, S)."""
        ...


def hierarchical(classifier: nn.Module, needed_by: str) -> Hierarchical:
    """The classifier, with its levels.

    Raises:
        InputError: it has one level only; the message names who needs more.
    """
    if not isinstance(classifier, Hierarchical):
        raise InputError(
            f"{needed_by} needs a classifier with several levels, but {type(classifier).__name__} has one; "
            "train with a hierarchical one"
        )
    return classifier


class HierarchicalClassifier(Classifier):
    """One linear classifier for each of H levels, for a target in C ordered bins (Xiong, Yao, CVPR 2024, section 3.1).

    The coarse levels have few classes of many samples, so they err less where the data are rare. They all are trained
    together (equation 6, see `HierarchicalLoss`), and help the finest level at test time (`HierarchySum`,
    `HierarchyProduct`) or teach a new one (`RangePreservingDistillation`).

    Training and inference differ: the loss gets the logits of all levels, (B, S), from `outputs`; a call gives those of
    the finest alone.

    Args:
        dim: number of features D.
        levels: the hierarchy, (H, C), see `counterpoise.hierarchy`; (7, 121) for ages in the paper.
        representatives: the value that each finest class stands for, (C,), with which a predictor decodes; they are
            kept with the weights.
        detached: whether the coarse levels read features without training them, as in the released model. In the paper
            all levels train the features.

    Raises:
        InputError: levels that are none (`checked_levels`), or not one representative for each finest class.
    """

    levels: Tensor
    representatives: Tensor

    def __init__(self, dim: int, levels: Tensor, *, representatives: Tensor, detached: bool = False) -> None:
        super().__init__()
        levels = checked_levels(levels)
        *coarse, self.num_classes = level_sizes(levels)
        if representatives.shape != (self.num_classes,):
            raise InputError(
                f"expected {self.num_classes} representatives, one for each finest class, but "
                f"{tuple(representatives.shape)} came; take the midpoints or the class_means of the bins"
            )
        self.dim, self.detached = dim, detached
        self.coarse = nn.Linear(dim, sum(coarse)) if coarse else None
        self.finest = nn.Linear(dim, self.num_classes)
        self.register_buffer("levels", levels)
        self.register_buffer("representatives", representatives.to(self.finest.weight.dtype))

    @property
    def weight(self) -> Tensor:
        """The weight matrix of the finest level; (C, D)."""
        return self.finest.weight

    @property
    def bias(self) -> Tensor:
        """The bias of the finest level; (C,)."""
        return self.finest.bias

    def reset_parameters(self) -> None:
        """Draw fresh weights."""
        for layer in (self.coarse, self.finest):
            if layer is not None:
                layer.reset_parameters()

    def outputs(self, features: Tensor) -> Tensor:
        """Logits of all levels, the finest last; (B, D) -> (B, S)."""
        finest = self.finest(features)
        if self.coarse is None:
            return finest
        read = features.detach() if self.detached else features
        return torch.cat([self.coarse(read), finest], dim=1)

    def forward(self, features: Tensor) -> Tensor:
        """Logits of the finest level; (B, D) -> (B, C)."""
        return self.finest(features)
