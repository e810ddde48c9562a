import pytest
import torch
from torch.testing import assert_close

from counterpoise.data.outputs import Outputs, outputs_of
from counterpoise.errors import InputError


def test_values_are_in_standard_deviations_and_back() -> None:
    values = torch.randn(50, 2, dtype=torch.float64) * torch.tensor([3.0, 1000]) + torch.tensor([5.0, -70])
    outputs = outputs_of(("a", "b"), values)
    found = outputs.standardized(values)
    for column in range(2):
        mean, std = values[:, column].mean(), values[:, column].std()
        assert_close(found[:, column].double(), (values[:, column] - mean) / std, rtol=1e-6, atol=1e-6)
    assert found.dtype == torch.float32
    assert_close(outputs.restored(found), values, rtol=1e-5, atol=1e-3)


def test_new_values_are_scaled_as_training_was() -> None:
    outputs = Outputs(("a",), (10.0,), (2.0,))
    assert outputs.standardized(torch.tensor([[12.0], [6.0]])).tolist() == [[1.0], [-2.0]]


def test_a_constant_is_refused_by_its_name() -> None:
    with pytest.raises(InputError, match="'b' is the same in all 3 training samples"):
        outputs_of(("a", "b"), torch.tensor([[1.0, 2], [2, 2], [3, 2]]))
