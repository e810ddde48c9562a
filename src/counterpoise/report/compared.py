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
from counterpoise.report.evaluation import SCORES, Evaluation, checked, weighs_classes
from counterpoise.report.spread import Spread, spread
from counterpoise.training.cost import Cost, read_cost


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
        costs: what training and inference took, one per seed, or none.
        folders: the run folders, one per seed, or none.
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

    def score(self, name: str) -> Spread:
        """Mean and deviation over the seeds of many, medium, few, overall or balanced accuracy."""
        return spread(evaluation[name] for evaluation in self.evaluations)

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
    if any(table.iloc[:, 0].tolist() != tables[0].iloc[:, 0].tolist() for table in tables):
        raise InputError(f"expected the runs of {name} to be measured on the same images, but they differ")
    outcomes, truth = _outcomes(tables, evaluations[0])
    return ComparedRun(
        name,
        evaluations,
        outcomes=outcomes,
        truth=truth,
        costs=[read_cost(folder) for folder in folders],
        folders=folders,
        calls=read_json(folders[0] / "run.json")["calls"],
        command=command,
    )


def _outcomes(
    tables: Sequence[pd.DataFrame], evaluation: Evaluation
) -> tuple[NDArray | None, NDArray | None]:
    """What each seed made of each sample, (S, N), and the class of each, (N,); None where neither can be told."""
    first = tables[0]
    if all("label" in table for table in tables):
        number = {name: index for index, name in enumerate(evaluation["class_names"])}
        right = np.stack([(table.label == table.target).to_numpy() for table in tables])
        return right, first.target.map(number).to_numpy()
    if not {"grid", "outputs"} & evaluation.keys() and all("prediction" in table for table in tables):
        errors = np.stack([(table.prediction - table.target).abs().to_numpy() for table in tables])
        return errors, np.searchsorted(evaluation["edges"][1:-1], first.target.to_numpy(), side="right")
    return None, None


def _predictions(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read {path}: {error}; evaluate the run again") from error


def score_names(runs: Sequence[ComparedRun]) -> tuple[str, ...]:
    """The scores that tell the runs apart: the other kind of mean, over classes or samples, only where they differ."""
    tested = {count for run in runs for one in run.evaluations for count in one["test_counts"] if count}
    other = "mae" if weighs_classes(runs[0].evaluations[0]) else "balanced"
    return SCORES if len(tested) <= 1 else (*SCORES, other)
