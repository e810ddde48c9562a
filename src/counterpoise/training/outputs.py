"""What the scores of samples with several continuous targets are: a number for each of them."""

from collections.abc import Sequence
from typing import Any, cast

import pandas as pd
import torch
from torch import Tensor

from counterpoise.data.data import Data, Facts
from counterpoise.data.outputs import Outputs
from counterpoise.metrics.regression import regression_scores
from counterpoise.net import Net
from counterpoise.training.asked import Asked
from counterpoise.training.reading import Reading
from counterpoise.training.regression import finite, measured

OWN = ("mae", "rmse", "pearson", "spearman")


def evaluate_outputs(
    net: Net,
    data: Data,
    split: str,
    features: Tensor,
    asked: Asked = Asked(),
) -> tuple[dict[str, Any], Tensor]:
    """Measure all targets; see `evaluate` for the arguments.

    Returns:
        The evaluation, and the predictions in standard deviations, (N, T). The scores of `evaluate_values` are of all
        values together, in standard deviations of their target. "outputs" holds "mae", "rmse", "pearson" and "spearman"
        of each target in its own unit.
    """
    targets, outputs = data.splits[split].targets, outputs_of(data.facts)
    result, found = measured(net, data, split, features, targets.flatten(), asked)
    predictions = found.view(targets.shape)
    own = own_scores(outputs, outputs.restored(predictions), outputs.restored(targets))
    unit = f"{result['target']} (standard deviations)"
    return {**result, "target": unit, "outputs": own}, predictions


def own_scores(outputs: Outputs, predictions: Tensor, targets: Tensor) -> dict[str, dict[str, float | None]]:
    """Errors and correlations of each target by its name; (N, T), (N, T)."""
    alone = torch.arange(len(targets))
    columns = zip(predictions.unbind(dim=1), targets.unbind(dim=1), strict=True)
    scores = [finite(regression_scores(found, truth, alone)) for found, truth in columns]
    return {
        name: {score: one[score] for score in OWN} for name, one in zip(outputs.names, scores, strict=True)
    }


def outputs_of(facts: Facts) -> Outputs:
    """The targets of data that have several."""
    return cast(Outputs, facts.target and facts.target.outputs)


def output_predictions(
    names: Sequence[str], facts: Facts, predictions: Tensor, targets: Tensor | None
) -> pd.DataFrame:
    """One row per sample: path (of a table: row), and each target's prediction, and truth where it is known."""
    outputs = outputs_of(facts)
    columns: dict[str, Any] = {"row" if facts.kind == "table" else "path": list(names)}
    found = outputs.restored(predictions.view(len(names), -1))
    columns |= {f"prediction {name}": found[:, i].tolist() for i, name in enumerate(outputs.names)}
    if targets is not None:
        truth = outputs.restored(targets)
        columns |= {f"target {name}": truth[:, i].tolist() for i, name in enumerate(outputs.names)}
    return pd.DataFrame(columns)


OUTPUTS = Reading(evaluate_outputs, output_predictions)
"""Several numbers for each sample."""
