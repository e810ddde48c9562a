"""Equalization loss: other objects do not push rare classes down."""

import torch
import torch.nn.functional as F
from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.losses.region_sigmoid import RegionSigmoidLoss, places


class EqualizationLoss(RegionSigmoidLoss):
    """Sigmoid loss of a detector, ``sum_c w_c * bce_c`` for each region (Tan et al., CVPR 2020).

    The weight w is 0 where the region is an object of another class and c is rare, else 1. Background still
    pushes every class down. There are C logits and none for the background, whose label is C. The release
    starts the classifier's bias at ``-log(999)``. Training and inference compute the same; the scores of a
    detection are those of `equalization_scores`.

    Args:
        image_frequencies: share of the training images that contain each class, (C,), in 0 .. 1.
        threshold: a class is rare below it; 1.77e-3 in paper and release, for LVIS 0.5.

    Raises:
        InputError: frequencies that are not (C,) shares.
    """

    rare: Tensor

    def __init__(self, image_frequencies: Tensor, *, threshold: float = 1.77e-3) -> None:
        super().__init__()
        rare = rare_classes(image_frequencies, threshold=threshold)
        self.register_buffer("rare", rare, persistent=False)

    def weights(self, targets: Tensor) -> Tensor:
        """The weight of each term; (R,) labels in 0 .. C -> (R, C) bool."""
        at, background = places(targets, len(self.rare))
        return (background | ~self.rare).scatter_(1, at, True)


def rare_classes(frequencies: Tensor, *, threshold: float) -> Tensor:
    """Which classes are rarer than the threshold; (C,) shares -> (C,) bool.

    Raises:
        InputError: frequencies that are not (C,) shares.
    """
    if frequencies.ndim != 1 or not ((frequencies >= 0) & (frequencies <= 1)).all():
        raise InputError(
            f"frequencies must be (C,) shares in 0 .. 1, but {frequencies.tolist()} came; divide the number of "
            "images or samples of each class by the number of all"
        )
    return frequencies < threshold


def equalization_scores(logits: Tensor) -> Tensor:
    """Scores at inference: a sigmoid for each class, and 0 for the background; (R, C) -> (R, C + 1)."""
    return F.pad(torch.sigmoid(logits), (0, 1))
