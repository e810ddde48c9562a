"""Losses in units of the target's standard deviation."""

import pytest
import torch
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import HuberLoss, L1Loss, MSELoss, Standardized

PREDICTIONS, TARGETS = torch.tensor([30.0, 50, 20]), torch.tensor([32.0, 40, 20])


@pytest.mark.parametrize(("loss", "power"), [(L1Loss(), 1), (MSELoss(), 2)])
def test_errors_are_divided(loss, power: int) -> None:
    found = Standardized(loss, mean=35.0, scale=20.0)(PREDICTIONS, TARGETS)
    assert_close(found, loss(PREDICTIONS, TARGETS) / 20**power)


def test_where_huber_bends_is_a_standard_deviation() -> None:
    found = Standardized(HuberLoss(beta=1.0), mean=35.0, scale=5.0).per_sample(PREDICTIONS, TARGETS)
    assert_close(found, torch.tensor([0.4**2 / 2, 2 - 0.5, 0.0]), atol=1e-5, rtol=1e-5)


def test_the_unit_of_the_target_does_not_matter() -> None:
    years = Standardized(L1Loss(), mean=35.0, scale=20.0)
    days = Standardized(L1Loss(), mean=365 * 35.0, scale=365 * 20.0)
    assert_close(years(PREDICTIONS, TARGETS), days(365 * PREDICTIONS, 365 * TARGETS))


def test_the_loss_inside_hears_the_epoch() -> None:
    heard = []
    inner = L1Loss()
    inner.set_epoch = heard.append  # pyright: ignore[reportAttributeAccessIssue]
    Standardized(inner, mean=0.0, scale=1.0).set_epoch(3)
    assert heard == [3]


def test_a_scale_of_zero_is_refused() -> None:
    with pytest.raises(InputError, match="scale must be above 0"):
        Standardized(L1Loss(), mean=0.0, scale=0.0)
