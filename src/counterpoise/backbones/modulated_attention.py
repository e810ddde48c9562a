"""Modulated attention: a non-local block whose result is weighed by position (OLTR)."""

import torch
from torch import Tensor, nn

from counterpoise.errors import InputError


class ModulatedAttention(nn.Module):
    """``x + s * m``: self-attention m of a feature map, weighed by attention s over its positions.

    The layer of OLTR (Liu et al., CVPR 2019) on the last map of its backbone, as released. The mask m is a
    non-local block with an embedded Gaussian: 1 x 1 convolutions g, theta and phi to fewer channels, a softmax of
    ``theta^T phi`` over the positions with no factor in it, and a 1 x 1 convolution without bias back. The weights
    s are a softmax over all positions of a linear map of the whole flattened map.

    The last convolution starts at zero, so the layer starts as the identity; all else starts as torch's layers do.
    Training and inference compute the same.

    Args:
        channels: channels C of the map.
        size: its height H and width W; they are fixed, as the linear map has C H W inputs.
        reduction: C divided by the channels inside (released code: 2).

    Raises:
        InputError: the reduction leaves no channel.
    """

    def __init__(self, channels: int, size: tuple[int, int], *, reduction: int = 2) -> None:
        super().__init__()
        if not 1 <= reduction <= channels:
            raise InputError(
                f"reduction must lie in 1 .. {channels}, the channels of the map, but {reduction} came; the "
                "released code has 2"
            )
        self.shape = (channels, *size)
        inside, positions = channels // reduction, size[0] * size[1]
        self.g = nn.Conv2d(channels, inside, 1)
        self.theta = nn.Conv2d(channels, inside, 1)
        self.phi = nn.Conv2d(channels, inside, 1)
        self.conv_mask = nn.Conv2d(inside, channels, 1, bias=False)
        self.fc_spatial = nn.Linear(channels * positions, positions)
        nn.init.zeros_(self.conv_mask.weight)

    def mask(self, x: Tensor) -> Tensor:
        """Self-attention m; (B, C, H, W) -> (B, C, H, W)."""
        values, queries, keys = (layer(x).flatten(2) for layer in (self.g, self.theta, self.phi))
        weights = (queries.transpose(1, 2) @ keys).softmax(dim=-1)
        return self.conv_mask((values @ weights.transpose(1, 2)).unflatten(2, x.shape[2:]))

    def spatial(self, x: Tensor) -> Tensor:
        """Weights s of the positions, which sum to 1; (B, C, H, W) -> (B, H, W)."""
        return self.fc_spatial(x.flatten(1)).softmax(dim=1).unflatten(1, x.shape[2:])

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W).

        Raises:
            InputError: a map of another shape.
        """
        if x.shape[1:] != torch.Size(self.shape):
            raise InputError(
                f"a feature map must have shape {('B', *self.shape)}, but {tuple(x.shape)} came; build "
                "ModulatedAttention for the size of the images"
            )
        return x + self.spatial(x).unsqueeze(1) * self.mask(x)
