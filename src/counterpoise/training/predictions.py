"""Predictions as a table, and the file formats it is written in."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from torch import Tensor

from counterpoise.data.data import Facts
from counterpoise.files import write_bytes


def class_predictions(
    names: Sequence[str], facts: Facts, logits: Tensor, targets: Tensor | None
) -> pd.DataFrame:
    """One row per image: path, label, probability, and the true class where it is known."""
    probability, label = logits.softmax(dim=1).max(dim=1)
    columns = {
        "path": list(names),
        "label": [facts.class_names[i] for i in label.tolist()],
        "probability": probability.tolist(),
    }
    if targets is not None:
        columns["target"] = [facts.class_names[i] for i in targets.tolist()]
    return pd.DataFrame(columns)


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as Parquet or, by the ending of the path, CSV."""
    write_bytes(path, encoded(table, path))


def encoded(table: pd.DataFrame, path: Path) -> bytes:
    """The table in the format that the path's ending asks for."""
    if path.suffix == ".parquet":
        return table.to_parquet(index=False)
    return table.to_csv(index=False).encode()
