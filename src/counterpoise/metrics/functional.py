"""Macro F1 and the confusion matrix, as pure functions."""

import torch
from torch import Tensor

from counterpoise.recall import class_hits


def macro_f1(predictions: Tensor, targets: Tensor, num_classes: int) -> Tensor:
    """Mean over the classes of ``2 TP / (2 TP + FP + FN)``; (N,), (N,) -> () float64.

    A class counts if it occurs among the targets or the predictions, as in scikit-learn; nan without samples.
    """
    hits, samples = class_hits(predictions, targets, num_classes)
    answered = torch.bincount(predictions, minlength=num_classes)
    return (2 * hits.double() / (samples + answered)).nanmean()


def confusion_matrix(predictions: Tensor, targets: Tensor, num_classes: int) -> Tensor:
    """How often class i was taken for class j; (N,), (N,) -> (C, C) int64, row = true class."""
    flat = torch.bincount(targets * num_classes + predictions, minlength=num_classes**2)
    return flat.view(num_classes, num_classes)
