"""Tables with a continuous target: images by their paths, or rows of feature columns."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor

from counterpoise.data.columns import Scaling, columns_of, encoded, fields_of, numbers, standardized
from counterpoise.data.data import REGRESSION, Facts, Split
from counterpoise.data.outputs import outputs_of
from counterpoise.data.samples import Rows
from counterpoise.data.sources import rows
from counterpoise.data.sources.found import Found
from counterpoise.data.sources.stratified import tenths, three_way
from counterpoise.data.sources.table import frame_of, image_rows
from counterpoise.data.target import Bins, target_of
from counterpoise.errors import InputError


def value_table(
    path: Path,
    name: str,
    *,
    bins: Bins = "auto",
    num_bins: int | None = None,
    root: Path | None = None,
    image_size: int | None = None,
    split_seed: int = 0,
) -> Found:
    """A table whose column ``name`` is a continuous target, or whose columns ``"a,b"`` are several.

    With a column ``path`` the samples are images, and other columns are not read. Without one they are rows: every
    other column but ``split`` is a feature, see `counterpoise.data.columns`; their numbers are not scaled yet. Without
    a column ``split``, 70, 10 and 20 percent of each bin are drawn for train, val and test with ``split_seed``.

    Raises:
        InputError: for a table that cannot be read, a target that is missing, constant or no number, and for what
            `target_of`, `columns_of` and `rows.require_files` refuse.
    """
    frame = frame_of(path)
    names = names_of(name, frame)
    values = values_of(frame, name, path)
    positions = _positions(frame, name, values, path, bins=bins, num_bins=num_bins, seed=split_seed)
    trained = values[positions["train"]]
    outputs = outputs_of(names, trained) if len(names) > 1 else None
    if outputs:
        values = outputs.standardized(values)
        trained = values[positions["train"]].flatten()
    target = replace(target_of(name, trained, bins=bins, num_bins=num_bins), outputs=outputs)
    common = {"name": path.stem, "class_names": target.bin_names, "task": REGRESSION, "target": target}
    if "path" in frame:
        listed = image_rows(frame, root or path.parent)
        rows.require_files(listed)
        size = image_size or rows.choose_size([listed[i].path for i in positions["train"].tolist()])
        splits = {
            split: rows.split_of([listed[i] for i in part.tolist()], values[part], size)
            for split, part in positions.items()
        }
        return Found(splits=splits, **common)
    features = frame.drop(columns=[*names, "split"], errors="ignore")
    columns = columns_of(features.iloc[positions["train"].numpy()])
    whole = row_split(path, Rows(encoded(features, columns, str(path))), values)
    splits = {split: whole.subset(part) for split, part in positions.items()}
    return Found(splits=splits, columns=columns, **common)


def row_split(path: Path, samples: Rows, values: Tensor) -> Split:
    """The rows of a file with their targets; each is named by the file and its line."""
    return Split(samples, values, tuple(f"{path.name}:{line}" for line in range(2, len(values) + 2)))


def standard_rows(frame: pd.DataFrame, facts: Facts, path: Path) -> Rows:
    """The rows of a table, prepared as those that a net was trained on.

    Raises:
        InputError: see `encoded`.
    """
    features = encoded(frame, facts.columns, str(path))
    return Rows(standardized(features, facts.columns, Scaling(facts.mean, facts.std)))


def names_of(name: str, frame: pd.DataFrame) -> list[str]:
    """The columns that are named as target: one, or several with commas between them."""
    return [name] if name in frame else [one.strip() for one in name.split(",")]


def values_of(frame: pd.DataFrame, name: str, path: Path) -> Tensor:
    """The target column as numbers; (N,) float32, or of several columns (N, T).

    Raises:
        InputError: one is missing or named twice, or a field of it is no finite number.
    """
    names = names_of(name, frame)
    if len(set(names)) < len(names):
        raise InputError(f"expected each target once, but --target is {name}; name each column once")
    columns = [_values_of(frame, one, path) for one in names]
    return columns[0] if len(columns) == 1 else torch.stack(columns, dim=1)


def _values_of(frame: pd.DataFrame, name: str, path: Path) -> Tensor:
    if name not in frame:
        raise InputError(
            f"expected the column {name!r}, named as target, in {path}, but its columns are "
            f"{', '.join(map(repr, frame.columns))}; name one of them"
        )
    if name in ("path", "split"):
        raise InputError(
            f"--target {name} came, but that column of {path} has another meaning; name a column of numbers"
        )
    values = torch.from_numpy(numbers(fields_of(frame, name), str(path))).float()
    if not values.isfinite().all():
        raise InputError(f"expected targets up to 3.4e38 in {path}, but {name!r} has larger ones; scale them")
    return values


def _positions(
    frame: pd.DataFrame,
    name: str,
    values: Tensor,
    path: Path,
    *,
    bins: Bins,
    num_bins: int | None,
    seed: int,
) -> dict[str, Tensor]:
    if "split" not in frame:
        return three_way(_strata(name, values, bins, num_bins), seed=seed)
    positions = rows.by_split(frame["split"].tolist())
    if "train" not in positions:
        raise InputError(f"expected rows of the split train in {path}, but there are none; add some")
    return positions


def _strata(name: str, values: Tensor, bins: Bins, num_bins: int | None) -> Tensor:
    """Bins of the one target, or tenths by how far out a sample lies in the sum of its targets."""
    if values.ndim > 1:
        return tenths(outputs_of(name.split(","), values).standardized(values).abs().sum(dim=1))
    return target_of(name, values, bins=bins, num_bins=num_bins).classes(values)
