"""How the scores of a task are read: measured against the truth, and shown to people."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
from torch import Tensor

from counterpoise.net import Net
from counterpoise.predictors import Tempered
from counterpoise.training.evaluate import evaluate
from counterpoise.training.predictions import class_predictions

Measure = Callable[..., tuple[dict[str, Any], Tensor]]
"""(predictor, data, split's name, features (N, D), asked) -> evaluation, scores (N, C)."""

Table = Callable[..., pd.DataFrame]
"""(sample names, facts, scores (N, C), targets or None) -> one row per sample."""


def as_it_is(predictor: Net, prior: Tensor) -> Net:
    """The predictor itself."""
    return predictor


def tempered(predictor: Net, prior: Tensor) -> Net:
    """The predictor with a temperature over each classifier, not fitted yet; see `Tempered`."""
    return predictor.rewired(lambda place, inner: Tempered(inner, temperature=None, prior=prior))


@dataclass(frozen=True)
class Reading:
    """What a task makes of scores.

    Attributes:
        measure: see `Measure`; the evaluation holds plain JSON types.
        table: see `Table`.
        finish: puts the last layer around a trained predictor, given the prior for which its scores answer.
    """

    measure: Measure
    table: Table
    finish: Callable[[Net, Tensor], Net] = as_it_is


CLASSES = Reading(evaluate, class_predictions, tempered)
"""One class for each sample."""
