"""Regressors for rare targets: seconds and balanced error against Ridge, both sides in one run.

    python regressors.py FOLDER

Eight tables of a folder, five folds. A table is a CSV with the column ``target``; a column ``split`` is left out.
The balanced error is the mean over 20 bins of the target, all as wide, of the mean absolute error in each.
"""

import argparse
import warnings
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np
import pandas as pd
import torch
from estimators import prepared, read, timed
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold
from threadpoolctl import threadpool_limits

from counterpoise import estimators
from counterpoise.bins import class_of
from counterpoise.estimators.regression import equal_bins
from counterpoise.metrics import regression_scores

TABLES = (
    *("abalone", "airfoil_noise", "available_power", "boston", "concrete_strength"),
    *("cpu_small", "fuel_consumption", "algae_a1"),
)
FOLDS, BINS, HIDDEN, RIVAL = 5, 20, 64, "Ridge"
Found = dict[str, tuple[float, float, float]]


def sides() -> dict[str, Any]:
    """What is compared."""
    ours = [getattr(estimators, name) for name in estimators.__all__ if name.endswith("Regressor")]
    plain = estimators.SmoothedDensityRegressor((HIDDEN,), bins=1, random_state=0)
    deeper = {f"{one.__name__}, {HIDDEN} hidden": one((HIDDEN,), random_state=0) for one in ours}
    return (
        {RIVAL: Ridge()} | {one.__name__: one() for one in ours} | {f"plain, {HIDDEN} hidden": plain} | deeper
    )


def compare(frame: pd.DataFrame, targets: np.ndarray) -> Found:
    """Median seconds of a fit, mean absolute error and balanced error over folds; folds take turns."""
    found: dict[str, list[tuple[float, float, float]]] = {}
    edges = equal_bins(torch.from_numpy(targets), BINS)
    for train, test in KFold(FOLDS, shuffle=True, random_state=0).split(frame):
        encode = prepared(frame).fit(frame.iloc[train])
        learned, unseen = (np.asarray(encode.transform(frame.iloc[part])) for part in (train, test))
        answers = torch.from_numpy(targets[test])
        for name, model in sides().items():
            seconds = timed(lambda: model.fit(learned, targets[train]))  # noqa: B023
            scores = regression_scores(
                torch.from_numpy(model.predict(unseen)), answers, class_of(answers, edges)
            )
            errors = scores["mae"], scores["balanced_mae"]
            found.setdefault(name, []).append((seconds, *map(float, errors)))  # pyright: ignore[reportArgumentType]
    return {
        name: (median(r[0] for r in runs), mean(r[1] for r in runs), mean(r[2] for r in runs))
        for name, runs in found.items()
    }


def main() -> None:
    """One line for each table and side, then the means relative to Ridge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    every: dict[str, Found] = {}
    with threadpool_limits(1):
        for table in TABLES:
            frame, targets = read(folder / f"{table}.csv")
            every[table] = compare(frame, targets.astype(np.float64))
            print(f"{table}: {len(frame)} rows, {frame.shape[1]} columns")
            for side, (seconds, error, balanced) in every[table].items():
                print(
                    f"  {side:<40} {1e3 * seconds:8.1f} ms   error {error:8.3f}   balanced {balanced:8.3f}",
                    flush=True,
                )
    print(f"means over {len(every)} tables, errors as shares of Ridge's")
    for side in sides():
        shares = [[found[side][i] / found[RIVAL][i] for found in every.values()] for i in range(3)]
        print(
            f"  {side:<40} error {mean(shares[1]):.3f}   balanced {mean(shares[2]):.3f}   "
            f"seconds x {median(shares[0]):6.1f} (median), {max(shares[0]):6.1f} (most)"
        )


if __name__ == "__main__":
    main()
