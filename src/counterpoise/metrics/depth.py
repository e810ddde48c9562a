"""Errors of dense depth, pooled over all pixels."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torchmetrics.functional import mean_absolute_error, mean_squared_error

from counterpoise.errors import InputError
from counterpoise.metrics.regression import Scores, shot_rows

DEPTH_ERRORS = ("mae", "rmse", "abs_rel", "log10", "delta1", "delta2", "delta3")


def depth_scores(predictions: Tensor, depths: Tensor) -> Scores:
    """All errors of some pixels; (...), (...) -> floats by name, None without pixels.

    "samples"; "mae" and "rmse" in metres; "abs_rel", the mean of ``|e| / d``; "log10", that of ``|log10 x - log10 d|``;
    "delta1" to "delta3", the share of pixels with ``max(x / d, d / x)`` at most 1.25, 1.25^2 and 1.25^3. Pixels whose
    true depth is nan or not above 0 are left out.

    Raises:
        InputError: another shape of the depths.
    """
    if predictions.shape != depths.shape:
        raise InputError(
            f"predictions and depths must have one shape, but {tuple(predictions.shape)} and "
            f"{tuple(depths.shape)} came; resize the prediction to the true depth first"
        )
    valid = depths > 0
    x, d = predictions[valid].double(), depths[valid].double()
    if not len(d):
        return {"samples": 0, **dict.fromkeys(DEPTH_ERRORS)}
    ratio = torch.maximum(x / d, d / x)
    numbers = (
        mean_absolute_error(x, d),
        mean_squared_error(x, d, squared=False),
        ((x - d).abs() / d).mean(),
        (x.log10() - d.log10()).abs().mean(),
        *((ratio <= 1.25**k).double().mean() for k in (1, 2, 3)),
    )
    return {"samples": len(d), **dict(zip(DEPTH_ERRORS, (number.item() for number in numbers), strict=True))}


def depth_by_shot(predictions: Tensor, depths: Tensor, *, groups: Mapping[str, Tensor]) -> dict[str, Scores]:
    """`depth_scores` of all pixels ("overall"), and of the pixels of each group of `depth_bins`.

    Args:
        predictions: x in metres, (...).
        depths: d in metres, (...), nan where unknown.
        groups: masks of the bins, (K,) bool, by name.

    Raises:
        InputError: another shape of the depths.
    """
    count = min(len(mask) for mask in groups.values())
    rows = shot_rows(depth_bins(depths, count=count), groups)
    return {name: depth_scores(predictions[mask], depths[mask]) for name, mask in rows.items()}


def depth_bins(depths: Tensor, *, width: float = 0.1, count: int = 100) -> Tensor:
    """The bin of each depth, in single precision as released; (...) -> (...) int64; 0 where the depth is nan.

    Args:
        depths: metres, (...).
        width: of a bin in metres (released code: 0.1).
        count: number of bins K; what lies beyond is in the last (released code: 100).
    """
    bins = depths.nan_to_num(0.0).float() * (1 / width)
    return bins.long().clamp(0, count - 1)
