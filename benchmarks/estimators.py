"""Estimators: seconds and balanced accuracy against scikit-learn and imbalanced-learn, both sides in one run.

    python estimators.py tables FOLDER      nine classification tables of a folder, and the digits with a tail
    python estimators.py large [COUNTS.csv] 115,846 made-up embeddings of 1,000 classes and 2,048 numbers

A table is a CSV with the column ``target``; a column ``split`` is left out. Goals: on tables at most 2 x the seconds of
LogisticRegression and a better balanced accuracy on average; on the large set a tenth of its seconds, and better.
``--full`` lets LogisticRegression finish its 100 iterations there; without it, it gets 5, and the seconds of 100 are
computed from them. COUNTS.csv has one class in each row and its training count in the column ``train_count``; without
it the counts are exponential. Needs imbalanced-learn.
"""

import argparse
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np
import pandas as pd
import torch
from imblearn.ensemble import BalancedRandomForestClassifier
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import make_pipeline as make_sampling_pipeline
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.datasets import load_digits
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from counterpoise import estimators
from counterpoise.data import exponential_counts

Table = tuple[str, pd.DataFrame, np.ndarray]
TABLES = (
    *("page_blocks", "ecoli", "glass", "hypothyroid", "car", "soybean", "letter"),
    *("winequality_white", "mammography"),
)
DEEPER, HIDDEN = ("BalancedSoftmaxClassifier", "DeconfoundedTDEClassifier"), 64
FOLDS, NEIGHBOURS, WHOLE, PART, TREES = 5, 5, 100, 5, 3
SPREAD, NOISE = 2.0, 1.0
RIVALS = (
    "LogisticRegression",
    "LogisticRegression balanced",
    "SMOTE + LogisticRegression",
    "BalancedRandomForest",
)


def read(path: Path) -> tuple[pd.DataFrame, np.ndarray]:
    """Columns with a value, and the target."""
    frame = pd.read_csv(path)
    target = frame.pop("target").to_numpy()
    return frame.drop(columns="split", errors="ignore").dropna(axis=1, how="all"), target


def tables(folder: Path) -> Iterator[Table]:
    """Tables whose target is a class, and the digits."""
    for name in TABLES:
        frame, target = read(folder / f"{name}.csv")
        yield name, frame, np.unique(target.astype(str), return_inverse=True)[1]
    yield "digits, tail of 50", *long_tailed_digits()


def long_tailed_digits(ratio: float = 50) -> tuple[pd.DataFrame, np.ndarray]:
    """Digits, of which the last has a fiftieth of the first."""
    pixels, labels = load_digits(return_X_y=True)
    counts = exponential_counts(1700, 10, ratio=ratio)
    kept = np.concatenate([np.flatnonzero(labels == c)[: counts[c]] for c in range(10)])
    return pd.DataFrame(pixels[kept]), labels[kept]


def prepared(frame: pd.DataFrame) -> Any:
    """Numbers with a mean of 0 and a deviation of 1, names as indicators."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    names = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (names, make_column_selector(dtype_exclude="number")),
    )


def smote(labels: np.ndarray) -> Any:
    """SMOTE with as many neighbours as the rarest class has, before LogisticRegression."""
    rarest = int(np.bincount(labels)[np.unique(labels)].min())
    if rarest < 2:
        return None
    return make_sampling_pipeline(
        SMOTE(k_neighbors=min(NEIGHBOURS, rarest - 1), random_state=0), LogisticRegression()
    )


def sides(labels: np.ndarray) -> dict[str, Any]:
    """What is compared; None where it cannot work."""
    rivals = (
        LogisticRegression(),
        LogisticRegression(class_weight="balanced"),
        smote(labels),
        BalancedRandomForestClassifier(
            sampling_strategy="all", replacement=True, bootstrap=False, random_state=0
        ),
    )
    classifiers = [getattr(estimators, name) for name in estimators.__all__ if name.endswith("Classifier")]
    ours = {made.__name__: made() for made in classifiers}
    ours |= {f"{name}, {HIDDEN} hidden": getattr(estimators, name)((HIDDEN,)) for name in DEEPER}
    for one in ours.values():
        one.set_params(random_state=0)
    return dict(zip(RIVALS, rivals, strict=True)) | ours


def timed(call: Callable[[], object]) -> float:
    """Seconds of a call."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def compare_table(frame: pd.DataFrame, labels: np.ndarray) -> dict[str, tuple[float, float]]:
    """Median seconds of a fit and mean balanced accuracy over folds; folds take turns."""
    found: dict[str, list[tuple[float, float]]] = {}
    for train, test in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(frame, labels):
        encode = prepared(frame).fit(frame.iloc[train])
        learned, unseen = (np.asarray(encode.transform(frame.iloc[part])) for part in (train, test))
        for name, model in sides(labels[train]).items():
            if model is not None:
                seconds = timed(lambda: model.fit(learned, labels[train]))  # noqa: B023
                score = balanced_accuracy_score(labels[test], model.predict(unseen))
                found.setdefault(name, []).append((seconds, score))
    return {name: (median(s for s, _ in runs), mean(b for _, b in runs)) for name, runs in found.items()}


def compare_tables(folder: Path) -> None:
    """One line for each table and side, then the means."""
    warm = load_digits(return_X_y=True)
    for model in sides(warm[1]).values():
        model.fit(warm[0][:200], warm[1][:200])
    every: dict[str, dict[str, tuple[float, float]]] = {}
    for name, frame, labels in tables(folder):
        every[name] = compare_table(frame, labels)
        print(f"{name}: {len(frame)} rows, {frame.shape[1]} columns, {len(np.unique(labels))} classes")
        base = every[name][RIVALS[0]][0]
        for side, (seconds, score) in every[name].items():
            print(f"  {side:<32} {1e3 * seconds:9.1f} ms {seconds / base:7.2f} x   {score:.3f}")
    print(
        f"means over {len(every)} sets; SMOTE only over folds whose rarest class has 2 samples, so not comparable"
    )
    for side in every[name]:
        there = [one for one in every.values() if side in one]
        slower = [one[side][0] / one[RIVALS[0]][0] for one in there]
        print(
            f"  {side:<32} balanced accuracy {mean(one[side][1] for one in there):.4f}   "
            f"seconds of LogisticRegression x {median(slower):6.2f} (median), {max(slower):6.2f} (most)"
        )


def embeddings(
    counts: np.ndarray, *, dim: int, inner: int = 64, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Positive features: class means in few dimensions, mixed into many, with noise; float32."""
    draws = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(counts)), counts)
    fixed = np.random.default_rng(1)
    means = fixed.normal(size=(len(counts), inner)).astype(np.float32)
    mixing = fixed.normal(size=(inner, dim)).astype(np.float32) / inner**0.5
    hidden = means[labels] + SPREAD * draws.standard_normal((len(labels), inner), np.float32)
    features = hidden @ mixing
    features += NOISE * draws.standard_normal(features.shape, np.float32)
    return np.maximum(features + 0.5, 0, out=features), labels


def compare_large(counts: np.ndarray, *, dim: int, full: bool) -> None:
    """Seconds and balanced accuracy on many rows, columns and classes."""
    train, labels = embeddings(counts, dim=dim)
    test, answers = embeddings(np.full(len(counts), 10), dim=dim, seed=2)
    print(f"{len(train)} rows, {dim} columns, {len(counts)} classes of {counts.max()} .. {counts.min()}")
    for name, model in large_sides(WHOLE if full else PART).items():
        seconds = timed(lambda: model.fit(train, labels))  # noqa: B023
        score = balanced_accuracy_score(answers, model.predict(test))
        steps = getattr(model, "max_iter", None) or WHOLE
        note = (
            f", {seconds * WHOLE / steps:8.1f} s for {WHOLE} iterations"
            if steps < WHOLE and name in RIVALS
            else ""
        )
        print(f"  {name:<32} {seconds:8.1f} s   {score:.3f}{note}", flush=True)


def large_sides(steps: int) -> dict[str, Any]:
    """Ours, then the others: of a forest a few trees, and no SMOTE, which makes 1.3 million rows of 115,846."""
    ours = (
        estimators.SoftmaxClassifier,
        estimators.PostHocLogitAdjustedClassifier,
        estimators.BalancedSoftmaxClassifier,
        estimators.DeconfoundedTDEClassifier,
    )
    forest = BalancedRandomForestClassifier(
        n_estimators=TREES, sampling_strategy="all", replacement=True, bootstrap=False, random_state=0
    )
    return {one.__name__: one(random_state=0) for one in ours} | {
        "LogisticRegression": LogisticRegression(max_iter=steps),
        "LogisticRegression balanced": LogisticRegression(max_iter=steps, class_weight="balanced"),
        "BalancedRandomForest": forest,
    }


def counts_of(path: Path | None) -> np.ndarray:
    """Training counts of a file, or exponential ones with the sum of ImageNet-LT."""
    if path is None:
        shape = 1280 ** (1 - np.arange(1000) / 999) * 5 ** (np.arange(1000) / 999)
        counts = np.maximum(5, (shape * 115_846 / shape.sum()).astype(int))
        counts[0] += 115_846 - counts.sum()
        return counts
    return np.sort(pd.read_csv(path)["train_count"].to_numpy())[::-1]


def main() -> None:
    """Compare tables, or the large set."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["tables", "large"])
    parser.add_argument("path", nargs="?", type=Path)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--dim", type=int, default=2048)
    asked = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(asked.threads)
    print(f"threads {asked.threads}")
    with threadpool_limits(asked.threads):
        if asked.what == "tables":
            compare_tables(asked.path or Path("tables"))
        else:
            compare_large(counts_of(asked.path), dim=asked.dim, full=asked.full)


if __name__ == "__main__":
    main()
