"""Classes by how many samples they have."""

import torch
from torch import Tensor

from counterpoise.errors import InputError


def labels_by_size(class_counts: Tensor) -> Tensor:
    """The new label of each class, 0 for the largest; (C,) -> (C,) int64. Equal ones keep their order.

    ImageNet-GLT numbers its classes so: ``labels_by_size(counts)[targets]``.
    """
    return class_counts.argsort(descending=True, stable=True).argsort()


def class_groups(class_counts: Tensor, *, cuts: tuple[float, float] = (0.4, 0.85)) -> Tensor:
    """Group of each class by the rank of its size: 0 many, 1 medium, 2 few; (C,) -> (C,) int64.

    Args:
        class_counts: (C,).
        cuts: shares of the classes where the groups end; 400 and 850 of 1000 in ImageNet-GLT (Tang et al., ECCV 2022).

    Raises:
        InputError: the cuts do not rise in 0 .. 1.
    """
    first, second = cuts
    if not 0 <= first <= second <= 1:
        raise InputError(f"cuts must rise in 0 .. 1, but {cuts} came; ImageNet-GLT has (0.4, 0.85)")
    ends = torch.tensor([round(cut * len(class_counts)) for cut in cuts])
    return torch.bucketize(labels_by_size(class_counts), ends, right=True)
