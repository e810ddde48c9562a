import inspect

import pytest
import torch
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import HuberLoss, L1Loss, Loss, MSELoss, RegressionLoss


def test_it_is_an_abstract_loss() -> None:
    assert inspect.isabstract(RegressionLoss)
    assert issubclass(RegressionLoss, Loss)


@pytest.mark.parametrize("shape", [(5,), (5, 1), (5, 2, 3)])
def test_a_sample_has_the_mean_over_its_numbers(shape: tuple[int, ...]) -> None:
    predictions, targets = torch.randn(2, *shape, dtype=torch.float64)
    losses = L1Loss().per_sample(predictions, targets)
    assert losses.shape == (5,)
    for row in range(5):
        values = (predictions[row] - targets[row]).abs().flatten().tolist()
        assert losses[row].item() == pytest.approx(sum(values) / len(values), rel=1e-12)
    assert_close(L1Loss()(predictions, targets), (predictions - targets).abs().mean(), rtol=1e-12, atol=0)


@pytest.mark.parametrize("kind", [L1Loss, MSELoss, HuberLoss])
def test_targets_are_not_spread_to_all_pairs(kind: type[RegressionLoss]) -> None:
    with pytest.raises(InputError, match=r"one shape, but \(4, 1\) and \(4,\) came"):
        kind()(torch.zeros(4, 1), torch.zeros(4))


def test_whole_numbered_targets_take_the_precision_of_the_predictions() -> None:
    loss = MSELoss()(torch.tensor([0.5, 3.0]), torch.tensor([1, 2]))
    assert (loss.dtype, loss.item()) == (torch.float32, 0.625)
