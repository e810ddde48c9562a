"""How often the intervals of a predictor hold the true value."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from counterpoise.data.data import Facts
from counterpoise.metrics.intervals import central_intervals
from counterpoise.metrics.regression import shot_rows
from counterpoise.metrics.shots import ShotGroups
from counterpoise.predictors import Decoder
from counterpoise.training.evaluate import plain_numbers

NOMINAL = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@torch.no_grad()
def interval_summary(
    classifier: nn.Module, features: Tensor, targets: Tensor, facts: Facts, groups: ShotGroups
) -> dict[str, Any] | None:
    """Coverage and mean width of central intervals, from the probabilities of the bins; see `central_intervals`.

    Every sample counts alike, in the group of its true bin. Within a bin probability is spread evenly, so a target that
    always is the middle of its bin, such as an age, is held more often than one that lies anywhere in it. A target
    beyond the outer edges is held by none.

    Args:
        classifier: the predictor; one that decodes no bins has no intervals.
        features: (N, D).
        targets: (N,).
        facts: of the data; they know the edges of the bins.
        groups: of the bins.

    Returns:
        None without bins; else "nominal", the probabilities that the intervals should hold, and by group "coverage",
        the share of true values in each, and "width", in units of the target: None where a group has no sample.
    """
    if not isinstance(classifier, Decoder) or facts.target is None:
        return None
    edges, rows = facts.target.edge_tensor, shot_rows(facts.classes(targets), groups.masks)
    pairs = zip(features.split(4096), targets.split(4096), strict=True)
    held, widths = zip(*(held_by(classifier, chunk, truth, edges) for chunk, truth in pairs), strict=True)
    return {
        "nominal": list(NOMINAL),
        "coverage": means(torch.cat(held), rows),
        "width": means(torch.cat(widths), rows),
    }


def held_by(decoder: Decoder, features: Tensor, targets: Tensor, edges: Tensor) -> tuple[Tensor, Tensor]:
    """Whether each interval holds the target (1 or 0, nan where there is none), and its width; -> two of (B, Q)."""
    probabilities = decoder.classifier(features).double().softmax(dim=1)
    low, high = central_intervals(probabilities, edges, torch.tensor(NOMINAL, dtype=torch.float64))
    truth, width = targets.unsqueeze(1), (high - low).float()
    return ((low <= truth) & (truth <= high)).float().masked_fill(width.isnan(), torch.nan), width


def means(values: Tensor, rows: Mapping[str, Tensor]) -> dict[str, list[float | None]]:
    """The mean of each column by group, None without samples; (N, Q) -> Q numbers each."""
    return {name: plain_numbers(values[some].double().mean(dim=0)) for name, some in rows.items()}
