"""Recall per class, as pure functions."""

import torch
from torch import Tensor


def class_hits(predictions: Tensor, targets: Tensor, num_classes: int) -> tuple[Tensor, Tensor]:
    """Right answers and samples of each class; (N,), (N,) -> (C,), (C,) int64."""
    hits = torch.bincount(targets[predictions == targets], minlength=num_classes)
    return hits, torch.bincount(targets, minlength=num_classes)


def per_class_accuracy(predictions: Tensor, targets: Tensor, num_classes: int) -> Tensor:
    """Share of each class's samples that were recognised; (N,), (N,) -> (C,) float64, nan without samples."""
    hits, samples = class_hits(predictions, targets, num_classes)
    return hits.double() / samples


def mean_class_recall(predictions: Tensor, targets: Tensor, num_classes: int) -> Tensor:
    """Class-balanced accuracy: the mean of `per_class_accuracy` over the classes that have samples; -> ()."""
    return per_class_accuracy(predictions, targets, num_classes).nanmean()
