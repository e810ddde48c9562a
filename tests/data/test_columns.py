"""Feature columns: from text fields to numbers."""

import pandas as pd
import pytest
import torch

from counterpoise.data.columns import Column, columns_of, encoded, fields_of, fitted, numbers, standardized
from counterpoise.errors import InputError

TRAIN = pd.DataFrame({"size": ["1", "", "4", "2"], "sex": ["F", "M", "", "F"], "void": [""] * 4}, dtype=str)


def test_numbers_texts_and_what_is_missing() -> None:
    columns = columns_of(TRAIN)
    assert columns == (Column("size"), Column("sex", ("F", "M")), Column("void"))
    features = encoded(TRAIN, columns, "x.csv")
    assert features[:, 1:3].tolist() == [[1, 0], [0, 1], [0, 0], [1, 0]]
    assert features.isnan().nonzero().tolist() == [[0, 3], [1, 0], [1, 3], [2, 3], [3, 3]]


def test_training_has_mean_zero_and_deviation_one_after_gaps_are_filled() -> None:
    columns = columns_of(TRAIN)
    features = encoded(TRAIN, columns, "x.csv")
    columns, scaling = fitted(columns, features)
    assert columns[0].median == 2
    assert scaling.mean == pytest.approx((2.25, 0.5, 0.25, 0))
    found = standardized(features, columns, scaling)
    assert found.dtype == torch.float32
    assert found.mean(dim=0).tolist() == pytest.approx([0] * 4, abs=1e-6)
    assert found.std(dim=0, correction=0).tolist() == pytest.approx([1, 1, 1, 0])


def test_other_rows_are_prepared_by_training_alone() -> None:
    columns, scaling = fitted(columns_of(TRAIN), encoded(TRAIN, columns_of(TRAIN), "x.csv"))
    other = pd.DataFrame({"more": ["9"], "void": ["3"], "sex": ["unknown"], "size": [""]})
    found = standardized(encoded(other, columns, "y.csv"), columns, scaling)
    wanted = [(2 - 2.25) / scaling.std[0], -0.5 / scaling.std[1], -0.25 / scaling.std[2], 3]
    assert found[0].tolist() == pytest.approx(wanted)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(InputError, match=r"columns of training in y.csv, but 'sex' is missing \(2 in all\)"):
        encoded(TRAIN[["size"]], columns_of(TRAIN), "y.csv")


@pytest.mark.parametrize("field", ["big", "inf", "nan"])
def test_what_is_no_number_is_named_with_its_line(field: str) -> None:
    frame = pd.DataFrame({"size": ["1", "", field]})
    with pytest.raises(InputError, match=f"column 'size' of y.csv, but line 4 has '{field}'"):
        encoded(frame, (Column("size"),), "y.csv")


def test_a_target_has_no_gaps() -> None:
    with pytest.raises(InputError, match="line 3 has ''"):
        numbers(fields_of(TRAIN, "size"), "x.csv")


def test_free_text_and_a_table_without_features_are_refused() -> None:
    names = pd.DataFrame({"name": [f"text {i}" for i in range(101)]})
    with pytest.raises(InputError, match="'name', but it has 101 different texts, such as 'text 0'"):
        columns_of(names)
    with pytest.raises(InputError, match="expected a column of features"):
        columns_of(names[[]])
