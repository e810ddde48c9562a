"""A square of the old size out of a padded picture, mirrored or not: a whole batch at once."""

import torch
import torch.nn.functional as F
from torch import Tensor


def shifted(images: Tensor, top: Tensor, left: Tensor, mirrored: Tensor, *, padding: int) -> Tensor:
    """Pad with zeros and cut out one window of each image by one gather over the batch; (B, S, S, C) -> the same.

    Args:
        images: (B, S, S, C) of any type.
        top: row of the padded image where the window begins, (B,) int64 from 0 to twice the padding.
        left: its column, (B,) likewise.
        mirrored: whether the window is mirrored left to right, (B,) bool.
        padding: zeros added on each side.
    """
    ahead = torch.arange(images.shape[1], device=images.device)
    rows = top[:, None] + ahead
    columns = left[:, None] + torch.where(mirrored[:, None], ahead.flip(0), ahead)
    each = torch.arange(len(images), device=images.device)[:, None, None]
    return F.pad(images, (0, 0) + (padding,) * 4)[each, rows[:, :, None], columns[:, None, :]]
