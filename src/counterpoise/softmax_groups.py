"""Classes in groups of similar training counts, each with a softmax of its own (BAGS, Li et al., CVPR 2020)."""

import torch
from torch import Tensor

EDGES = (10, 100, 1000)
"""Counts at which the groups of the paper begin: below 10, from 10, from 100, from 1000."""


def groups_by_count(class_counts: Tensor, *, edges: tuple[int, ...] = EDGES) -> Tensor:
    """The group of each class, from 0 for the rarest; (C,) -> (C,) int64. Groups without a class have no number."""
    found = torch.bucketize(class_counts, class_counts.new_tensor(edges), right=True)
    return found.unique(return_inverse=True)[1]


def group_sizes(groups: Tensor) -> list[int]:
    """How many outputs each softmax has: 2 for background and object, then 1 + the classes of each group; (C,)."""
    return [2, *(1 + groups.bincount()).tolist()]


def group_labels(groups: Tensor) -> Tensor:
    """What a label is in each softmax; groups (C,) -> (1 + G, 1 + C) int64.

    Column 0 is the background, column k + 1 the class k. Row 0 tells background (0) and objects (1) apart. Row g + 1 is
    of group g: 1, 2, ... for its classes in their order, and 0, "others", for all else.
    """
    foreground = torch.ones_like(groups).unsqueeze(0)
    inside = groups == torch.arange(int(groups.max()) + 1, device=groups.device).unsqueeze(1)
    of_classes = torch.cat([foreground, inside.cumsum(dim=1) * inside])
    return torch.cat([torch.zeros_like(of_classes[:, :1]), of_classes], dim=1)
