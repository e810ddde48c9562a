"""The labels of a data set, without reading a picture."""

from typing import Any

import torch
from torch import Tensor
from torch.utils.data import ConcatDataset, Subset, TensorDataset

from counterpoise.errors import InputError


def labels_of(dataset: Any) -> Tensor:
    """The label of each sample of a data set, for samplers and class counts; (N,) int64.

    Looks for an attribute ``targets`` or ``labels``, as torchvision's data sets have it (`ImageFolder`, `CIFAR10`,
    `SVHN`), and takes the second tensor of a `TensorDataset`. Follows `Subset` and `ConcatDataset` to whatever
    they are made of. No sample is read.

    Raises:
        InputError: the data set says its labels in none of these ways, or they are not one whole number for each
            sample.
    """
    match dataset:
        case Subset():
            return labels_of(dataset.dataset)[torch.as_tensor(dataset.indices, dtype=torch.int64)]
        case ConcatDataset():
            return torch.cat([labels_of(part) for part in dataset.datasets])
        case TensorDataset(tensors=(_, labels, *_)):
            return whole_numbers(labels, len(dataset))
    for name in ("targets", "labels"):
        if (found := getattr(dataset, name, None)) is not None:
            return whole_numbers(found, len(dataset))
    raise InputError(
        f"expected a data set with its labels in `targets` or `labels`, but {type(dataset).__name__} has neither; "
        "set `targets` to a list of its labels"
    )


def whole_numbers(found: Any, size: int) -> Tensor:
    """Checked labels, one for each of ``size`` samples; (N,) int64."""
    try:
        labels = torch.as_tensor(found)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(f"labels must be whole numbers, but they cannot be read as such: {error}") from error
    if labels.shape != (size,) or labels.is_floating_point() or labels.is_complex():
        raise InputError(
            f"labels must be ({size},) whole numbers, one for each sample, but {tuple(labels.shape)} of "
            f"{labels.dtype} came; set `targets` to a list of class numbers"
        )
    return labels.long()
