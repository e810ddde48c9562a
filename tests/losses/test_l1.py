import torch
import torch.nn.functional as F

from counterpoise.losses import L1Loss


def test_losses_are_those_of_torch() -> None:
    predictions, targets = torch.randn(2, 7, 2, dtype=torch.float64)
    loss = L1Loss()
    assert torch.equal(
        loss.per_value(predictions, targets), F.l1_loss(predictions, targets, reduction="none")
    )
    torch.testing.assert_close(
        loss(predictions, targets), F.l1_loss(predictions, targets), rtol=1e-12, atol=0
    )


def test_a_hit_has_loss_and_slope_zero() -> None:
    predictions = torch.tensor([3.0, 1.0], requires_grad=True)
    loss = L1Loss()(predictions, torch.tensor([3.0, 2.0]))
    assert loss.item() == 0.5
    assert torch.autograd.grad(loss, predictions)[0].tolist() == [0.0, -0.5]
