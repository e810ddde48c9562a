"""Feature distribution smoothing (FDS): statistics of the features of neighbouring targets are shared."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from counterpoise.distributed import sum_over_processes
from counterpoise.errors import InputError
from counterpoise.smoothing import Kernel, kernel_window

SILENT = 1e-10
CHUNK = 1024


class FeatureStatistics(nn.Module):
    """Mean and variance of the features in each bucket of targets, and features moved to the smoothed ones.

    Feature distribution smoothing (Yang et al., ICML 2021). In training, from the second epoch on, `calibrate` the
    features that enter the last linear layer by the buckets of their true targets. After each epoch `observe` the
    features of the whole training set, in any number of calls, and then call `close_epoch`. At inference features stay
    as they are. Bucket -1 means none: such rows are neither counted nor moved.

    Statistics lag as in the paper's code: in epoch e features move by those of epoch e - 2. Before there are any,
    `calibrate` changes nothing. With several processes each observes its share, and `close_epoch` sums over them.

    Args:
        dim: number of features D.
        buckets: number of buckets K, more than half a window.
        kernel: of the window over buckets, see `counterpoise.smoothing.kernel_window`.
        kernel_size: length of the window, odd (released commands: 5).
        sigma: width of the window in buckets (released commands: 2).
        momentum: weight of the old statistics beside the new epoch's (released code: 0.9); None weighs every sample
            so far the same. The first epoch replaces the start, mean 0 and variance 1.
        clip: lowest and highest ratio of smoothed to own variance (released code: 0.1 and 10 for ages, 0.2 and 5 for
            depth, 0.5 and 2 for text).
        newest_source: take the own statistics, which features are moved away from, one epoch newer than the smoothed
            ones. The released code does so because both names stand for one tensor; the default moves between
            statistics of one epoch.
        all_or_none: leave all features of a sample as they are where one of its variances cannot be divided by, as
            the released code for depth and text does; the default, as for ages, leaves that one feature.
        fill_empty: give a bucket without samples in the epoch the mean of its neighbours' statistics, in rising
            order (released code for text).

    Raises:
        InputError: too few buckets for the window, a momentum outside 0 .. 1, or a clip that does not rise from 0.
    """

    running_mean: Tensor
    running_var: Tensor
    source_mean: Tensor
    source_var: Tensor
    smoothed_mean: Tensor
    smoothed_var: Tensor
    tracked: Tensor
    epochs: Tensor

    def __init__(
        self,
        dim: int,
        buckets: int,
        *,
        kernel: Kernel = "gaussian",
        kernel_size: int = 5,
        sigma: float = 2.0,
        momentum: float | None = 0.9,
        clip: tuple[float, float] = (0.1, 10.0),
        newest_source: bool = False,
        all_or_none: bool = False,
        fill_empty: bool = False,
    ) -> None:
        super().__init__()
        _check(buckets, kernel_size, momentum, clip)
        self.momentum, self.clip = momentum, clip
        self.newest_source, self.all_or_none, self.fill_empty = newest_source, all_or_none, fill_empty
        window = kernel_window(kernel, size=kernel_size, sigma=sigma)
        self.window = window / window.sum()
        for name in ("running", "source", "smoothed"):
            self.register_buffer(f"{name}_mean", torch.zeros(buckets, dim))
            self.register_buffer(f"{name}_var", torch.ones(buckets, dim))
        self.register_buffer("tracked", torch.zeros(buckets))
        self.register_buffer("epochs", torch.tensor(0))
        self.observed: Moments | None = None  # no buffer: processes each keep their own until the epoch ends

    @torch.no_grad()
    def observe(self, features: Tensor, buckets: Tensor) -> None:
        """Take in some features of the epoch; (B, D), (B,).

        Raises:
            InputError: features without D columns, or a bucket from K on.
        """
        self._check_rows(features, buckets)
        if (buckets < 0).any():
            features, buckets = features[buckets >= 0], buckets[buckets >= 0]
        seen = moments(features.to(self.running_mean.dtype), buckets, len(self.running_mean))
        self.observed = seen if self.observed is None else merged(self.observed, seen)

    @torch.no_grad()
    def close_epoch(self) -> None:
        """Smooth the statistics up to the epoch before, then take in what was observed since the last call."""
        if self.epochs > 0:
            self.source_mean, self.source_var = self.running_mean.clone(), self.running_var.clone()
            self.smoothed_mean, self.smoothed_var = (
                self._smooth(self.running_mean),
                self._smooth(self.running_var),
            )
        counts, mean, squares = over_processes(*(self.observed or self._nothing()))
        self._blend(counts, mean, squares / (counts - 1).clamp(min=1).unsqueeze(1))
        if self.fill_empty:
            fill_empty_buckets(self.running_mean, counts)
            fill_empty_buckets(self.running_var, counts)
        self.epochs += 1
        self.observed = None

    def calibrate(self, features: Tensor, buckets: Tensor) -> Tensor:
        """Features with the smoothed statistics of their bucket, as new tensors; (B, D), (B,) -> (B, D).

        Raises:
            InputError: features without D columns, or a bucket from K on.
        """
        self._check_rows(features, buckets)
        newest = self.newest_source and self.epochs > 1
        mean, var = (self.running_mean, self.running_var) if newest else (self.source_mean, self.source_var)
        own = (tensor[buckets] for tensor in (mean, var, self.smoothed_mean, self.smoothed_var))
        moved = calibrated(features, *own, clip=self.clip, all_or_none=self.all_or_none)
        return torch.where((buckets >= 0).unsqueeze(1), moved, features)

    def _nothing(self) -> "Moments":
        zeros = torch.zeros_like(self.running_mean)
        return torch.zeros_like(self.tracked), zeros, zeros.clone()

    def _smooth(self, statistics: Tensor) -> Tensor:
        half = len(self.window) // 2
        padded = F.pad(statistics.T.unsqueeze(1), (half, half), mode="reflect")
        return F.conv1d(padded, self.window.to(statistics).view(1, 1, -1)).squeeze(1).T.contiguous()

    def _blend(self, counts: Tensor, mean: Tensor, var: Tensor) -> None:
        self.tracked += counts
        old = (1 - counts / self.tracked) if self.momentum is None else torch.full_like(counts, self.momentum)
        old = torch.where(counts > 0, old if self.epochs > 0 else 0.0, 1.0).unsqueeze(1)
        self.running_mean = (1 - old) * mean + old * self.running_mean
        self.running_var = (1 - old) * var + old * self.running_var

    def _check_rows(self, features: Tensor, buckets: Tensor) -> None:
        count, dim = self.running_mean.shape
        if features.ndim != 2 or features.shape[1] != dim or buckets.shape != features.shape[:1]:
            raise InputError(
                f"features must be (B, {dim}) and buckets (B,), but {tuple(features.shape)} and "
                f"{tuple(buckets.shape)} came"
            )
        if len(buckets) and buckets.max() >= count:
            raise InputError(
                f"buckets must lie below {count}, but {int(buckets.max())} came; see clamped_buckets"
            )


def calibrated(
    features: Tensor,
    source_mean: Tensor,
    source_var: Tensor,
    target_mean: Tensor,
    target_var: Tensor,
    *,
    clip: tuple[float, float],
    all_or_none: bool = False,
) -> Tensor:
    """``(x - m) sqrt(clip(v' / v)) + m'``; (B, D) and statistics (B, D) or (D,) -> (B, D), a new tensor.

    A feature whose own variance v is 0 or whose wanted variance v' is negative stays as it is, and so do all features
    of a sample whose variances v sum to less than 1e-10. With ``all_or_none`` one such feature keeps all of them.
    """
    valid = (source_var != 0) & (target_var >= 0)
    valid = valid.all(dim=-1, keepdim=True) if all_or_none else valid
    valid = valid & (source_var.sum(dim=-1, keepdim=True) >= SILENT)
    ratio = (target_var / torch.where(source_var != 0, source_var, 1.0)).clamp(*clip)
    return torch.where(valid, (features - source_mean) * ratio.sqrt() + target_mean, features)


Moments = tuple[Tensor, Tensor, Tensor]


def moments(features: Tensor, buckets: Tensor, count: int) -> Moments:
    """Samples, mean, and summed squared distance to it in each bucket; (B, D), (B,) -> (K,), (K, D), (K, D)."""
    counts = torch.bincount(buckets, minlength=count).to(features.dtype)
    mean, squares = features.new_zeros(2, count, features.shape[1])
    mean.index_add_(0, buckets, features).div_(counts.clamp(min=1).unsqueeze(1))
    for rows, own in zip(features.split(CHUNK), buckets.split(CHUNK), strict=True):
        squares.index_add_(0, own, (rows - mean[own]).square_())
    return counts, mean, squares


def merged(first: Moments, second: Moments) -> Moments:
    """The moments of two sets of samples together (Chan et al.)."""
    counts = first[0] + second[0]
    share = (second[0] / counts.clamp(min=1)).unsqueeze(1)
    apart = second[1] - first[1]
    between = apart.square() * (first[0].unsqueeze(1) * share)
    return counts, first[1] + apart * share, first[2] + second[2] + between


def over_processes(counts: Tensor, mean: Tensor, squares: Tensor) -> Moments:
    """The moments of the samples of all processes together."""
    total = sum_over_processes(counts)
    whole = sum_over_processes(mean * counts.unsqueeze(1)) / total.clamp(min=1).unsqueeze(1)
    between = (mean - whole).square() * counts.unsqueeze(1)
    return total, whole, sum_over_processes(squares + between)


def fill_empty_buckets(statistics: Tensor, counts: Tensor) -> None:
    """Overwrite the statistics of empty buckets by the mean of their neighbours', in rising order; (K, D), (K,)."""
    last = len(counts) - 1
    for bucket in (counts == 0).nonzero().flatten().tolist():
        neighbours = [place for place in (bucket - 1, bucket + 1) if 0 <= place <= last]
        statistics[bucket] = statistics[neighbours].mean(dim=0)


def _check(buckets: int, kernel_size: int, momentum: float | None, clip: tuple[float, float]) -> None:
    if buckets <= kernel_size // 2:
        raise InputError(
            f"a window of {kernel_size} needs more than {kernel_size // 2} buckets, but {buckets} came"
        )
    if momentum is not None and not 0 <= momentum <= 1:
        raise InputError(
            f"momentum must lie in 0 .. 1 or be None, but {momentum} came; the released code has 0.9"
        )
    if not 0 <= clip[0] <= clip[1]:
        raise InputError(f"clip must rise from 0, but {clip} came; the released code has (0.1, 10) for ages")
