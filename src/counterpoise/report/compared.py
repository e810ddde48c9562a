"""One method in a comparison, and what its run folders say about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from counterpoise.errors import InputError
from counterpoise.files import read_json
from counterpoise.report.evaluation import (
    CLASS_PRECISIONS,
    SCORES,
    Evaluation,
    checked,
    detects,
    score_of,
    weighs_classes,
)
from counterpoise.report.spread import Spread, spread
from counterpoise.training.cost import Cost, read_cost

MOST_ATTRIBUTES = 6
"""Beyond so many attributes, tables leave them to comparison.json (ours)."""


@dataclass(frozen=True, eq=False)
class ComparedRun:
    """One method in a comparison, measured with several seeds on the same split and classes.

    Attributes:
        name: what the tables call it.
        evaluations: one per seed.
        outcomes: which of N test images each of S seeds has right, (S, N) bool, or its absolute error on each of N
            samples, (S, N); None where images have any number of labels or only accuracies are known, and differences
            cannot be judged.
        truth: class of each of these images, or bin of its target, (N,), or None.
        named: class that each seed names for each of them, (S, N), or None.
        costs: what training and inference took, one per seed, or none.
        folders: the run folders, one per seed, or none.
        place: where below a run folder these evaluations and their pages lie; empty for the folder itself.
        calls: the recipe and its modifiers, innermost first, as in run.json.
        command: what trains it again, with its first seed.
    """

    name: str
    evaluations: Sequence[Evaluation]
    outcomes: NDArray | None = None
    truth: NDArray | None = None
    costs: Sequence[Cost] = ()
    folders: Sequence[Path] = ()
    calls: Sequence[dict[str, Any]] = ()
    command: str = ""
    named: NDArray | None = None
    place: str = ""

    def score(self, name: str) -> Spread:
        """Mean and deviation over the seeds of a score, such as few, overall or precision_overall."""
        return spread(score_of(evaluation, name) for evaluation in self.evaluations)

    def attribute(self, value: str, kind: str) -> Spread:
        """Mean and deviation over the seeds of the accuracy or precision of the samples with one attribute."""
        return spread(one["precision"]["attributes"][value][kind] for one in self.evaluations)

    def per_class(self) -> list[Spread]:
        """Mean and deviation over the seeds of the accuracy of each class, in the order of the labels."""
        columns = zip(*(evaluation["per_class"] for evaluation in self.evaluations), strict=True)
        return [spread(column) for column in columns]

    def cost(self) -> Cost:
        """The mean over the seeds of what is known of each cost."""
        means = [spread(column).mean for column in zip(*self.costs, strict=True)]
        seconds, peak, per_image = means or (None, None, None)
        return Cost(seconds, None if peak is None else round(peak), per_image)


def read_compared(
    name: str, folders: Sequence[Path], command: str = "", *, measured: str = ""
) -> ComparedRun:
    """A method from its finished run folders, one per seed, or from a place below them where it was measured.

    Raises:
        InputError: a file of a run is missing or incomplete, or the runs were measured on different images.
    """
    evaluations = [
        checked(read_json(folder / measured / "evaluation.json"), str(folder)) for folder in folders
    ]
    tables = [_predictions(folder / measured / "predictions.parquet") for folder in folders]
    images = [_images(*pair) for pair in zip(tables, evaluations, strict=True)]
    if any(one != images[0] for one in images):
        raise InputError(f"expected the runs of {name} to be measured on the same images, but they differ")
    outcomes, truth, named = _outcomes(tables, evaluations[0])
    return ComparedRun(
        name,
        evaluations,
        outcomes=outcomes,
        truth=truth,
        costs=[read_cost(folder) for folder in folders],
        folders=folders,
        calls=read_json(folders[0] / "run.json")["calls"],
        command=command,
        named=named,
        place=measured,
    )


def _images(table: pd.DataFrame, evaluation: Evaluation) -> list[Any]:
    """What is equal where images are: their names; of a detector, whose table names no empty image, their objects."""
    return evaluation["test_counts"] if detects(evaluation) else table.iloc[:, 0].tolist()


def _outcomes(
    tables: Sequence[pd.DataFrame], evaluation: Evaluation
) -> tuple[NDArray | None, NDArray | None, NDArray | None]:
    """What each seed made of each sample, (S, N), the class of each, (N,), and that which each seed names, (S, N).

    None where it cannot be told.
    """
    first = tables[0]
    if all({"label", "target"} <= set(table) for table in tables):
        number = {name: index for index, name in enumerate(evaluation["class_names"])}
        truth = first.target.map(number).to_numpy()
        named = np.stack([table.label.map(number).to_numpy() for table in tables])
        return named == truth, truth, named
    if not {"grid", "outputs"} & evaluation.keys() and all("prediction" in table for table in tables):
        errors = np.stack([(table.prediction - table.target).abs().to_numpy() for table in tables])
        bins = np.searchsorted(evaluation["edges"][1:-1], first.target.to_numpy(), side="right")
        return errors, bins, None
    return None, None, None


def _predictions(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read {path}: {error}; evaluate the run again") from error


def score_names(runs: Sequence[ComparedRun]) -> tuple[str, ...]:
    """The scores that tell the runs apart: the other kind of mean, over classes or samples, only where they differ."""
    tested = {count for run in runs for one in run.evaluations for count in one["test_counts"] if count}
    other = "mae" if weighs_classes(runs[0].evaluations[0]) else "balanced"
    return SCORES if len(tested) <= 1 or detects(runs[0].evaluations[0]) else (*SCORES, other)


def precision_names(runs: Sequence[ComparedRun]) -> tuple[str, ...]:
    """The precisions that the runs can be compared by: none where samples have no single class."""
    known = all(one.get("precision") for run in runs for one in run.evaluations)
    return CLASS_PRECISIONS if known else ()


def attribute_values(runs: Sequence[ComparedRun]) -> list[str]:
    """The attributes of the samples that all runs were measured on, in order."""
    if not precision_names(runs):
        return []
    first, *others = (one["precision"]["attributes"] for run in runs for one in run.evaluations)
    return [value for value in first if all(value in other for other in others)]


def shown_attributes(runs: Sequence[ComparedRun]) -> list[str]:
    """The same, as far as tables have room for them: all or none."""
    values = attribute_values(runs)
    return values if len(values) <= MOST_ATTRIBUTES else []
