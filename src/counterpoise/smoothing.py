"""Label distribution smoothing (LDS): counts of neighbouring targets share their weight."""

from typing import Literal

import numpy as np
import torch
from scipy.ndimage import correlate1d, gaussian_filter1d
from torch import Tensor

from counterpoise.errors import InputError

Kernel = Literal["gaussian", "triangular", "laplace"]
Scheme = Literal["sqrt_inverse", "inverse"]
Border = Literal["empty", "mirrored"]

BORDERS = {"empty": "constant", "mirrored": "reflect"}


def kernel_window(kernel: Kernel, *, size: int = 5, sigma: float = 2.0) -> Tensor:
    """The window of a kernel, its middle scaled to 1; -> (size,) float64.

    Args:
        kernel: "gaussian" is that of the released code, an impulse of the window's length under a Gaussian filter
            whose tails fold back at both ends: size 5 and sigma 2 give 0.858, 0.946, 1, 0.946, 0.858, where the bare
            Gaussian ends with 0.607. "triangular" falls in equal steps to 0 just outside; "laplace" is
            ``exp(-|i| / sigma)``.
        size: length, odd (released commands: 5).
        sigma: width in bins (released commands: 2); the triangular window has none.

    Raises:
        InputError: an even size, sigma not above 0, or an unknown kernel.
    """
    if size < 1 or size % 2 == 0 or not sigma > 0:
        raise InputError(
            f"a window needs an odd size and sigma above 0, but {size} and {sigma} came; the released commands have "
            "5 and 2"
        )
    offsets = np.abs(np.arange(size) - size // 2)
    if kernel == "gaussian":
        folded = gaussian_filter1d((offsets == 0).astype(np.float64), sigma)
        return torch.from_numpy(folded / folded.max())
    if kernel == "triangular":
        return torch.from_numpy(1 - offsets / ((size + 1) / 2))
    if kernel == "laplace":
        return torch.from_numpy(np.exp(-offsets / sigma))
    raise InputError(f"the kernel must be gaussian, triangular or laplace, but {kernel!r} came")


def smoothed_counts(counts: Tensor, window: Tensor, *, border: Border = "empty") -> Tensor:
    """Sum of the neighbours' counts under a symmetric window; (K,), (size,) -> (K,) float64.

    Args:
        counts: a number for each bin, (K,).
        window: see `kernel_window`, (size,).
        border: "empty", there is nothing beyond the ends (released code, ages and text), or "mirrored", the ends
            are repeated in reverse (released code, depth).
    """
    values = counts.double().cpu().numpy()
    smooth = correlate1d(values, window.double().cpu().numpy(), mode=BORDERS[border])  # pyright: ignore[reportArgumentType]
    return torch.from_numpy(smooth)


def lds_weights(
    counts: Tensor,
    *,
    scheme: Scheme = "sqrt_inverse",
    kernel: Kernel | None = "gaussian",
    kernel_size: int = 5,
    sigma: float = 2.0,
    border: Border = "empty",
    clip: tuple[float, float] | None = None,
    truncate: bool = False,
) -> Tensor:
    """Weight of each bin of targets, one over its smoothed count (LDS; Yang et al., ICML 2021); (K,) -> (K,) float64.

    The base is the count or its square root, then clipped, then smoothed. The weights are scaled so that those of
    the training targets have the mean 1. A bin whose smoothed count is 0 has weight 0: no target lies near (ours).
    Use them with `counterpoise.losses.TargetWeighted`.

    Args:
        counts: training targets of each bin, (K,).
        scheme: "sqrt_inverse" (paper: ages) or "inverse" (paper: text and depth).
        kernel: see `kernel_window`; None does not smooth, which is plain re-weighting.
        kernel_size: length of the window in bins, odd (released commands: 5).
        sigma: width of the window in bins (released commands: 2).
        border: what lies beyond the ends, see `smoothed_counts`.
        clip: lowest and highest base (released code: 5 and 1000 for ages with "inverse"); None, the paper, has none.
        truncate: drop the fraction of smoothed counts, as the released code does with "inverse" because it smooths
            whole numbers; the paper does not.

    Raises:
        InputError: counts that are none, an unknown scheme or kernel, or a window that is none.
    """
    base = _base(counts, scheme)
    base = base if clip is None else base.clamp(*clip)
    if kernel is not None:
        base = smoothed_counts(base, kernel_window(kernel, size=kernel_size, sigma=sigma), border=border)
    return scaled_inverse(counts, base.trunc() if truncate else base)


def depth_weights(
    counts: Tensor,
    *,
    start: int = 7,
    scheme: Scheme = "inverse",
    kernel: Kernel | None = "gaussian",
    kernel_size: int = 5,
    sigma: float = 2.0,
    truncate: bool = False,
) -> Tensor:
    """Weight of each bin of dense targets, as in the released code for depth; (K,) -> (K,) float64.

    The bins before the first populated one copy its weight; from it on they are smoothed with mirrored ends.

    Args:
        counts: training pixels of each bin, (K,).
        start: the first populated bin (released code: 7 of 100 bins of 0.1 m).
        scheme: see `lds_weights`, as for all that follows.
        kernel: None does not smooth.
        kernel_size: length of the window in bins, odd.
        sigma: width of the window in bins.
        truncate: drop the fraction of smoothed counts.

    Raises:
        InputError: see `lds_weights`.
    """
    populated = lds_weights(
        counts[start:],
        scheme=scheme,
        kernel=kernel,
        kernel_size=kernel_size,
        sigma=sigma,
        border="mirrored",
        truncate=truncate,
    )
    return torch.cat([populated[:1].expand(start), populated])


def scaled_inverse(counts: Tensor, density: Tensor) -> Tensor:
    """``1 / density``, scaled to the mean 1 over all targets, 0 where the density is; (K,), (K,) -> (K,)."""
    inverse = torch.where(density > 0, 1 / density, 0.0)
    return inverse * (counts.sum() / (counts * inverse).sum())


def _base(counts: Tensor, scheme: Scheme) -> Tensor:
    if counts.ndim != 1 or not (counts >= 0).all() or not counts.sum() > 0:
        raise InputError(
            f"bin counts must be (K,) numbers from 0 with a sum above 0, but {counts.tolist()} came; "
            "count the training targets of each bin"
        )
    if scheme == "sqrt_inverse":
        return counts.double().sqrt()
    if scheme == "inverse":
        return counts.double()
    raise InputError(f"the scheme must be sqrt_inverse or inverse, but {scheme!r} came")
