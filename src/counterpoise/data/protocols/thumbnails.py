"""Features of images that need no net: what they look like from afar, and their colours."""

import torch
import torch.nn.functional as F
from sklearn.decomposition import PCA
from torch import Tensor

from counterpoise.data.samples import Samples

SIDE, SHADES, MOST, PORTION = 8, 8, 64, 512


def thumbnail_features(samples: Samples) -> Tensor:
    """Main directions of thumbnails of 8 x 8 pixels and histograms of 8 shades for each channel; -> (N, D <= 64).

    Pixels and shares lie in 0 .. 1. Ours, for pools without features of a net: attributes that are found in them are
    about light, colour and place.
    """
    portions = torch.arange(len(samples)).split(PORTION)
    rows = torch.cat([_looks(samples.read(index)) for index in portions])
    found = PCA(min(MOST, *rows.shape), svd_solver="full").fit_transform(rows.double().numpy())
    return torch.from_numpy(found)


def _looks(images: Tensor) -> Tensor:
    """Thumbnails, and shares of the shades; uint8 (B, H, W, C) -> (B, F)."""
    pixels = images.permute(0, 3, 1, 2).float() / 255
    shades = (pixels * SHADES).long().clamp(max=SHADES - 1)
    shares = F.one_hot(shades, SHADES).flatten(2, 3).float().mean(dim=2)
    return torch.cat([F.adaptive_avg_pool2d(pixels, SIDE).flatten(1), shares.flatten(1)], dim=1)
