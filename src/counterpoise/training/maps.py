"""What the scores of images are whose places have a value each: counts that add up, or maps of measurements."""

import math
from collections.abc import Sequence
from typing import Any, cast

import pandas as pd
import torch
from torch import Tensor

from counterpoise.data.data import Data, Facts
from counterpoise.data.grid import Grid
from counterpoise.metrics.depth import depth_scores
from counterpoise.metrics.regression import regression_scores
from counterpoise.net import Net
from counterpoise.training.asked import Asked
from counterpoise.training.reading import Reading
from counterpoise.training.regression import finite, measured, points


def evaluate_counts(
    net: Net,
    data: Data,
    split: str,
    features: Tensor,
    asked: Asked = Asked(),
) -> tuple[dict[str, Any], Tensor]:
    """Measure counts of blocks and of images; see `evaluate` for the arguments.

    Returns:
        The evaluation, and the predictions of all places, (N, P). "overall", "many", "medium" and "few" are balanced
        errors of blocks by their counts, as in `evaluate_values`; "mae", "rmse", "gmean", the correlations and "points"
        are those of the counts of whole images, each the sum of its blocks.
    """
    result, predictions = evaluate_places(net, data, split, features, asked)
    counts, truth = predictions.sum(dim=1), places_of(data, split).sum(dim=1)
    images = regression_scores(counts, truth, torch.arange(len(truth)))
    told = {name: value for name, value in finite(images).items() if not name.startswith("balanced")}
    return {**result, **told, "points": points(counts, truth)}, predictions


def evaluate_maps(
    net: Net,
    data: Data,
    split: str,
    features: Tensor,
    asked: Asked = Asked(),
) -> tuple[dict[str, Any], Tensor]:
    """Measure maps place by place, such as depths; see `evaluate` for the arguments.

    Returns:
        The evaluation, and the predictions of places, (N, P), nan where the truth is. Places are measured as samples
        are in `evaluate_values`, all images pooled; those of unknown value are left out. "depth" holds
        `depth_scores`, which need true values above 0.
    """
    result, predictions = evaluate_places(net, data, split, features, asked)
    depth = finite(depth_scores(predictions, places_of(data, split)))
    return {**result, "depth": depth}, predictions


def evaluate_places(
    net: Net, data: Data, split: str, features: Tensor, asked: Asked
) -> tuple[dict[str, Any], Tensor]:
    """The evaluation of all known places, and their predictions, nan elsewhere; (N * P, D) -> (N, P)."""
    truth, grid = places_of(data, split), cast(Grid, data.facts.grid)
    known = ~truth.isnan()
    rows = features[known.flatten()]
    result, found = measured(net, data, split, rows, truth[known], asked)
    shape = {"stride": grid.stride, "counts": grid.counts, "places": truth.shape[1]}
    predictions = torch.full_like(truth, math.nan).masked_scatter_(known, found)
    return {**result, "grid": shape}, predictions


def places_of(data: Data, split: str) -> Tensor:
    """The true values of the places of each image; (N, P)."""
    return cast(Grid, data.facts.grid).places(data.splits[split].targets).flatten(1)


def map_predictions(
    names: Sequence[str], facts: Facts, predictions: Tensor, targets: Tensor | None
) -> pd.DataFrame:
    """One row per image: path, and as prediction (and target) its count, or the mean of its map.

    Where the targets of a map are known, the column "mae" is its mean absolute error.
    """
    grid = cast(Grid, facts.grid)
    values = predictions.view(len(names), -1)
    columns: dict[str, Any] = {"path": list(names), "prediction": grid.whole(values).tolist()}
    if targets is not None:
        truth = grid.places(targets).flatten(1)
        columns["target"] = grid.whole(truth).tolist()
        columns["mae"] = (values - truth).abs().nanmean(dim=1).tolist()
    return pd.DataFrame(columns)


COUNTS = Reading(evaluate_counts, map_predictions)
"""Counts of blocks, which add up to that of an image."""

MAPS = Reading(evaluate_maps, map_predictions)
"""A measurement for each place of an image."""
