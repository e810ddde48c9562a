"""Errors of continuous targets, also where all targets count the same, and by many, medium and few shots."""

from collections.abc import Mapping

import torch
from scipy.stats import rankdata
from torch import Tensor
from torchmetrics.functional import mean_absolute_error, mean_squared_error, pearson_corrcoef

from counterpoise.errors import InputError

Scores = dict[str, float | None]

ERRORS = ("mae", "mse", "rmse", "gmean", "balanced_mae", "balanced_mse", "balanced_rmse")
CORRELATIONS = ("pearson", "spearman")


def regression_scores(predictions: Tensor, targets: Tensor, bins: Tensor, *, exact: float = 0.0) -> Scores:
    """All errors and correlations of some samples; (N,), (N,), (N,) -> floats by name, None without samples.

    "samples"; "mae", "mse" and "rmse", the mean absolute, mean squared and root mean squared error; "gmean", see
    `geometric_mean_error`; "balanced_mae" and "balanced_mse", see `balanced_mean`, and "balanced_rmse", the root of
    the latter; "pearson" and "spearman", None where fewer than two samples or a constant leave them undefined.

    Args:
        predictions: (N,), in units of the target.
        targets: (N,).
        bins: the bin of each target, (N,) int64 from 0: the target itself for ages.
        exact: what an error of exactly 0 counts as in "gmean" (released code: 0 for ages, 1e-10 for text).

    Raises:
        InputError: the three differ in shape.
    """
    _check(predictions, targets, bins)
    if not len(targets):
        return {"samples": 0, **dict.fromkeys((*ERRORS, *CORRELATIONS))}
    predictions, targets = predictions.double(), targets.double()
    errors = (predictions - targets).abs()
    squares = balanced_mean(errors.square(), bins)
    numbers = (
        mean_absolute_error(predictions, targets),
        mean_squared_error(predictions, targets),
        mean_squared_error(predictions, targets, squared=False),
        geometric_mean_error(errors, exact=exact),
        balanced_mean(errors, bins),
        squares,
        squares.sqrt(),
    )
    return {
        "samples": len(targets),
        **dict(zip(ERRORS, (number.item() for number in numbers), strict=True)),
        **correlations(predictions, targets),
    }


def regression_by_shot(
    predictions: Tensor,
    targets: Tensor,
    bins: Tensor,
    *,
    groups: Mapping[str, Tensor],
    exact: float = 0.0,
) -> dict[str, Scores]:
    """`regression_scores` of all samples ("overall"), and of the samples of each group of bins.

    Args:
        predictions: (N,).
        targets: (N,).
        bins: the bin of each target, (N,) int64.
        groups: masks of the bins, (K,) bool, by name; ``shot_groups(counts, convention="strict").masks`` of the
            training counts of each bin is the rule of the benchmarks: many above 100, few below 20. A bin without
            training targets is few.
        exact: see `regression_scores`.

    Raises:
        InputError: shapes that differ, or a bin that the groups do not know.
    """
    _check(predictions, targets, bins)
    return {
        name: regression_scores(predictions[rows], targets[rows], bins[rows], exact=exact)
        for name, rows in shot_rows(bins, groups).items()
    }


def balanced_mean(errors: Tensor, bins: Tensor) -> Tensor:
    """Mean over the bins that have samples of each bin's mean error; (N,), (N,) -> ().

    With absolute errors it is the bMAE.
    """
    _, places, counts = bins.unique(return_inverse=True, return_counts=True)
    sums = errors.new_zeros(len(counts)).index_add_(0, places, errors)
    return (sums / counts).mean()


def geometric_mean_error(errors: Tensor, *, exact: float = 0.0) -> Tensor:
    """``exp(mean(log |e|))``, 0 as soon as one absolute error is, unless ``exact`` stands for it; (N,) -> ()."""
    return torch.where(errors == 0, exact, errors).log().mean().exp()


def correlations(predictions: Tensor, targets: Tensor) -> Scores:
    """Pearson's and Spearman's, the latter with mean ranks of equals; (N,), (N,) -> -1 .. 1, None if undefined."""
    if min(len(predictions.unique()), len(targets.unique())) < 2:
        return dict.fromkeys(CORRELATIONS)
    ranks = (torch.from_numpy(rankdata(values.cpu())) for values in (predictions, targets))
    found = (pearson_corrcoef(predictions, targets), pearson_corrcoef(*ranks))
    return dict(zip(CORRELATIONS, (number.item() for number in found), strict=True))


def shot_rows(bins: Tensor, groups: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Which samples belong to each group, all to "overall"; (N,) -> masks (N,) bool.

    Raises:
        InputError: a bin that the groups do not know.
    """
    known = min(len(mask) for mask in groups.values())
    if len(bins) and not 0 <= int(bins.min()) <= int(bins.max()) < known:
        raise InputError(
            f"bins must lie in 0 .. {known - 1}, as many as the groups have, but {int(bins.min())} .. "
            f"{int(bins.max())} came; count the training targets in more bins"
        )
    return {
        "overall": torch.ones_like(bins, dtype=torch.bool),
        **{n: mask[bins] for n, mask in groups.items()},
    }


def _check(predictions: Tensor, targets: Tensor, bins: Tensor) -> None:
    if not predictions.shape == targets.shape == bins.shape or targets.ndim != 1:
        raise InputError(
            f"predictions, targets and bins must all be (N,), but {tuple(predictions.shape)}, "
            f"{tuple(targets.shape)} and {tuple(bins.shape)} came"
        )
