"""A queue of the features of earlier samples."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from counterpoise.distributed import concatenate_rows
from counterpoise.errors import InputError


class FeatureQueue(nn.Module):
    """The features of the last K samples: the dictionary of MoCo (He et al., CVPR 2020, section 3.2).

    It begins with random unit rows from torch's global generator. `update` overwrites the oldest rows by those of
    a whole batch, over all processes. For training only.

    Args:
        dim: number of features D.
        size: K, a multiple of the batch size over all processes (paper: 65536 with batches of 256).

    Raises:
        InputError: no row at all; in `update`, a batch that does not divide K or of other features.
    """

    rows: Tensor
    pointer: Tensor

    def __init__(self, dim: int, *, size: int = 65536) -> None:
        super().__init__()
        if size < 1:
            raise InputError(f"a queue needs at least 1 row, but {size} came; the paper has 65536")
        self.register_buffer("rows", F.normalize(torch.randn(size, dim)))
        self.register_buffer("pointer", torch.tensor(0))

    @torch.no_grad()
    def update(self, features: Tensor) -> None:
        """Put the features of a batch in the place of the oldest; (B, D)."""
        newest = concatenate_rows(features).to(self.rows.dtype)
        size, dim = self.rows.shape
        if newest.shape[1:] != (dim,) or len(newest) == 0 or size % len(newest):
            raise InputError(
                f"a queue of {size} rows takes batches (B, {dim}) of a size that divides it, but "
                f"{tuple(newest.shape)} came; choose another queue or batch size"
            )
        start = int(self.pointer)
        self.rows[start : start + len(newest)] = newest
        self.pointer.fill_((start + len(newest)) % size)
