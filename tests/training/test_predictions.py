"""Predictions as a table."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import torch

from counterpoise.data.data import Data
from counterpoise.training.predictions import class_predictions, write_table


def test_a_row_names_the_likeliest_class_and_its_probability(tiny: Data) -> None:
    facts = replace(tiny.facts, class_names=("cat", "dog"))
    logits = torch.tensor([[0.0, 0.0], [3.0, 1.0]])
    table = class_predictions(["a", "b"], facts, logits, torch.tensor([1, 0]))
    assert table.label.tolist()[1] == "cat"
    assert table.probability.tolist() == pytest.approx([0.5, 0.8808], abs=1e-4)
    assert table.target.tolist() == ["dog", "cat"]
    assert "target" not in class_predictions(["a", "b"], facts, logits, None)


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_table_is_written_in_the_format_of_its_name(tmp_path: Path, ending: str) -> None:
    table, path = pd.DataFrame({"path": ["a"], "probability": [0.25]}), tmp_path / f"x{ending}"
    write_table(path, table)
    read = pd.read_csv(path) if ending == ".csv" else pd.read_parquet(path)
    pd.testing.assert_frame_equal(read, table)
