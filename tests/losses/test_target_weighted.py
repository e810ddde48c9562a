import pytest
import torch
from torch.testing import assert_close

from counterpoise.bins import integer_edges, linear_edges
from counterpoise.errors import InputError
from counterpoise.losses import L1Loss, MSELoss, TargetWeighted
from counterpoise.smoothing import lds_weights

EDGES = torch.tensor([0.0, 1.0, 2.0, 4.0], dtype=torch.float64)
WEIGHTS = torch.tensor([1.0, 10.0, 100.0], dtype=torch.float64)


def test_losses_are_those_of_a_loop() -> None:
    targets = torch.tensor([0.0, 0.99, 1.0, 1.5, 2.0, 3.9], dtype=torch.float64)
    predictions = torch.randn(6, dtype=torch.float64)
    wanted = [
        w * (x - t) ** 2 for w, x, t in zip([1, 1, 10, 10, 100, 100], predictions, targets, strict=True)
    ]
    loss = TargetWeighted(MSELoss(), WEIGHTS, edges=EDGES)
    assert_close(loss.per_sample(predictions, targets), torch.stack(wanted), rtol=1e-12, atol=0)
    assert_close(loss(predictions, targets), torch.stack(wanted).mean(), rtol=1e-12, atol=0)


def test_what_lies_outside_belongs_to_the_outer_bins() -> None:
    loss = TargetWeighted(L1Loss(), WEIGHTS, edges=EDGES)
    targets = torch.tensor([-7.0, 4.0, 99.0], dtype=torch.float64)
    assert loss.per_sample(targets + 1, targets).tolist() == [1.0, 100.0, 100.0]


def test_maps_are_weighted_number_by_number() -> None:
    loss = TargetWeighted(L1Loss(), WEIGHTS, edges=EDGES)
    targets = torch.tensor([[0.5, 1.5], [3.0, 3.0]], dtype=torch.float64)
    assert loss.per_sample(targets - 1, targets).tolist() == [5.5, 100.0]


def test_smoothed_weights_keep_the_scale_of_the_training_loss() -> None:
    ages = torch.randint(0, 60, (500,)) // 2
    weights = lds_weights(torch.bincount(ages, minlength=121))
    loss = TargetWeighted(L1Loss(), weights, edges=integer_edges(0, 120))
    ages = ages.double()
    assert_close(loss(ages + 2, ages).item(), 2.0)


def test_edges_in_the_precision_of_the_targets_take_what_lies_on_them() -> None:
    edges, targets = linear_edges(0, 5, 50), torch.tensor([1.8])
    weights = torch.arange(50.0)
    found = [TargetWeighted(L1Loss(), weights, edges=some) for some in (edges, edges.float())]
    assert [loss(targets + 1, targets).item() for loss in found] == pytest.approx([17.0, 18.0], rel=1e-6)


def test_the_loss_inside_hears_the_epoch() -> None:
    class Listening(L1Loss):
        heard = -1

        def set_epoch(self, epoch: int) -> None:
            self.heard = epoch

    inside = Listening()
    TargetWeighted(inside, WEIGHTS, edges=EDGES).set_epoch(3)
    assert inside.heard == 3


@pytest.mark.parametrize(
    ("weights", "edges", "message"),
    [
        (WEIGHTS, EDGES[:3], "3 weights need 4 edges, but 3 came"),
        (WEIGHTS, EDGES.flip(0), "rising"),
        (-WEIGHTS, EDGES, "finite numbers from 0"),
        (WEIGHTS / 0, EDGES, "finite numbers from 0"),
    ],
)
def test_what_does_not_fit_is_refused(weights, edges, message: str) -> None:
    with pytest.raises(InputError, match=message):
        TargetWeighted(L1Loss(), weights, edges=edges)


def test_maps_may_lie_in_memory_in_any_order() -> None:
    targets = torch.rand(3, 2, dtype=torch.float64).T
    loss = TargetWeighted(L1Loss(), WEIGHTS, edges=EDGES)
    assert torch.equal(
        loss.per_sample(targets + 1, targets), loss.per_sample(targets + 1, targets.contiguous())
    )
