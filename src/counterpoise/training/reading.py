"""How the scores of a task are read: measured against the truth, and shown to people."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from torch import Tensor

from counterpoise.data.data import Facts, Split
from counterpoise.net import Net
from counterpoise.predictors import Tempered
from counterpoise.training.encode import encode
from counterpoise.training.evaluate import evaluate
from counterpoise.training.predictions import class_predictions

Look = Callable[..., Any]
"""(net, split, facts, device=) -> what is measured of its samples, such as features (N, D)."""

Measure = Callable[..., tuple[dict[str, Any], Any]]
"""(predictor, data, split's name, what `Look` gave, asked) -> evaluation, and what was found, such as scores (N, C)."""

Table = Callable[..., pd.DataFrame]
"""(sample names, facts, what was found, targets or None) -> one row per sample, or per object."""

Leave = Callable[..., None]
"""(run folder, split, facts, what was found) -> nothing; writes what else a run of this task leaves."""


def as_it_is(predictor: Net, prior: Tensor) -> Net:
    """The predictor itself."""
    return predictor


def tempered(predictor: Net, prior: Tensor) -> Net:
    """The predictor with a temperature over each classifier, not fitted yet; see `Tempered`."""
    return predictor.rewired(lambda place, inner: Tempered(inner, temperature=None, prior=prior))


def nothing(folder: Path, split: Split, facts: Facts, found: Any) -> None:
    """Write nothing."""


@dataclass(frozen=True)
class Reading:
    """What a task makes of scores.

    Attributes:
        measure: see `Measure`; the evaluation holds plain JSON types.
        table: see `Table`.
        finish: puts the last layer around a trained predictor, given the prior for which its scores answer.
        look: see `Look`.
        leave: see `Leave`.
    """

    measure: Measure
    table: Table
    finish: Callable[[Net, Tensor], Net] = as_it_is
    look: Look = encode
    leave: Leave = nothing


CLASSES = Reading(evaluate, class_predictions, tempered)
"""One class for each sample."""
