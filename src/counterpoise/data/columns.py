"""The feature columns of a table: from text fields to the numbers that a net receives."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple, cast

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from counterpoise.errors import InputError

MOST_CATEGORIES = 100
"""Text with more different values is no category (ours)."""


@dataclass(frozen=True)
class Column:
    """A feature column as it was in training.

    Attributes:
        name: in the header.
        categories: the different texts of a text column, each of which is a feature of 0 and 1; none for numbers.
        median: of the training samples, in place of an empty field; only of numbers.
    """

    name: str
    categories: tuple[str, ...] = ()
    median: float = 0.0

    @property
    def width(self) -> int:
        """Number of features."""
        return len(self.categories) or 1


class Scaling(NamedTuple):
    """Mean and standard deviation of each feature, F numbers each; 1 where a feature does not vary."""

    mean: tuple[float, ...]
    std: tuple[float, ...]


def columns_of(train: pd.DataFrame) -> tuple[Column, ...]:
    """Which columns hold numbers, and the categories of the others; their medians come from `fitted`.

    Args:
        train: text fields of the training samples, feature columns only; an empty text is a missing value.

    Raises:
        InputError: there is no column, or text with more than 100 different values.
    """
    if not len(train.columns):
        raise InputError("expected a column of features beside target and split, but there is none")
    return tuple(_column(str(name), fields_of(train, str(name)).tolist()) for name in train)


def fields_of(frame: pd.DataFrame, name: str) -> pd.Series:
    """The text fields of a column."""
    return cast(pd.Series, frame[name])


def _column(name: str, fields: list[str]) -> Column:
    known = {field for field in fields if field}
    if not np.isnan(_parsed(sorted(known))).any():
        return Column(name)
    categories = tuple(sorted(known))
    if len(categories) > MOST_CATEGORIES:
        raise InputError(
            f"expected numbers or at most {MOST_CATEGORIES} categories in the column {name!r}, but it has "
            f"{len(categories)} different texts, such as {categories[0]!r}; remove it or turn it into numbers"
        )
    return Column(name, categories)


def encoded(frame: pd.DataFrame, columns: Sequence[Column], origin: str) -> Tensor:
    """The features of all rows, nan where a number is missing; -> (N, F) float64.

    A text that training did not have, and an empty one, is none of the categories: zeros.

    Raises:
        InputError: a column is missing, or text or an infinite number stands where training had numbers.
    """
    missing = [column.name for column in columns if column.name not in frame]
    if missing:
        raise InputError(
            f"expected the columns of training in {origin}, but {missing[0]!r} is missing ({len(missing)} in all); "
            "add them"
        )
    return torch.from_numpy(np.concatenate([_features(frame, column, origin) for column in columns], axis=1))


def _features(frame: pd.DataFrame, column: Column, origin: str) -> np.ndarray:
    fields = fields_of(frame, column.name)
    if column.categories:
        return np.stack([(fields == one).to_numpy(dtype=np.float64) for one in column.categories], axis=1)
    return numbers(fields, origin, gaps=True)[:, None]


def numbers(fields: pd.Series, origin: str, *, gaps: bool = False) -> np.ndarray:
    """A column of text fields as float64 (N,); with gaps an empty field is nan, else it is refused.

    Raises:
        InputError: a field is not a finite number; it names the line of the file.
    """
    found = _parsed(fields.tolist())
    wrong = ~np.isfinite(found) & ~((fields == "").to_numpy() & gaps)
    if wrong.any():
        place = int(wrong.argmax())
        raise InputError(
            f"expected a number in every row of the column {fields.name!r} of {origin}, but line {place + 2} has "
            f"{fields.iloc[place]!r}; correct it, or remove the {int(wrong.sum())} such rows"
        )
    return found


def _parsed(fields: Sequence[str]) -> np.ndarray:
    """Numbers, nan for what is none; -> (N,) float64."""
    return np.asarray(pd.to_numeric(pd.Series(fields, dtype=str), errors="coerce"), dtype=np.float64).copy()


def fitted(columns: Sequence[Column], features: Tensor) -> tuple[tuple[Column, ...], Scaling]:
    """The columns with the medians of training, and the scaling of features; (N, F), nan where missing."""
    filled, starts = [], np.cumsum([0, *(column.width for column in columns)])
    for column, start in zip(columns, starts, strict=False):
        median = 0.0 if column.categories else features[:, start].nanmedian().item()
        filled.append(Column(column.name, column.categories, 0.0 if math.isnan(median) else median))
    whole = without_gaps(features, filled)
    std = whole.std(dim=0, correction=0)
    return tuple(filled), Scaling(
        tuple(whole.mean(dim=0).tolist()), tuple(torch.where(std > 0, std, 1).tolist())
    )


def without_gaps(features: Tensor, columns: Sequence[Column]) -> Tensor:
    """Features with the median of training in place of nan; (N, F)."""
    medians = chain.from_iterable([column.median] * column.width for column in columns)
    return torch.where(features.isnan(), torch.tensor(list(medians), dtype=features.dtype), features)


def standardized(features: Tensor, columns: Sequence[Column], scaling: Scaling) -> Tensor:
    """What a net receives: gaps filled, then mean 0 and standard deviation 1 in training; (N, F) -> float32."""
    mean, std = (torch.tensor(numbers, dtype=torch.float64) for numbers in scaling)
    return ((without_gaps(features.double(), columns) - mean) / std).float()
