import pytest
import torch
from torch.testing import assert_close

from counterpoise.bins import linear_edges
from counterpoise.errors import InputError
from counterpoise.losses import DiscreteConstrainedLoss, L1Loss, PerImage


def test_every_row_has_the_loss_of_its_image() -> None:
    predictions, targets = torch.rand(2, 12, dtype=torch.float64)
    loss = DiscreteConstrainedLoss(linear_edges(0, 1, 3), tolerance=0.1)
    found = PerImage(loss, 4).per_sample(predictions, targets)
    for image in range(3):
        rows = slice(4 * image, 4 * image + 4)
        alone = loss.per_sample(predictions.view(3, 4), targets.view(3, 4))[image]
        assert_close(found[rows], alone.expand(4))


def test_the_mean_of_a_plain_loss_stays() -> None:
    predictions, targets = torch.rand(2, 12, dtype=torch.float64)
    assert_close(PerImage(L1Loss(), 4)(predictions, targets), L1Loss()(predictions, targets))


def test_rows_must_make_whole_images() -> None:
    with pytest.raises(InputError, match="10 rows are no whole images of 4 places"):
        PerImage(L1Loss(), 4)(torch.rand(10), torch.rand(10))
    with pytest.raises(InputError, match="at least 1 place"):
        PerImage(L1Loss(), 0)
