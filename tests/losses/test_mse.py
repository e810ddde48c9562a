import torch
import torch.nn.functional as F

from counterpoise.losses import MSELoss


def test_losses_are_those_of_torch() -> None:
    predictions, targets = torch.randn(2, 7, 2, dtype=torch.float64)
    loss = MSELoss()
    assert torch.equal(
        loss.per_value(predictions, targets), F.mse_loss(predictions, targets, reduction="none")
    )
    torch.testing.assert_close(
        loss(predictions, targets), F.mse_loss(predictions, targets), rtol=1e-12, atol=0
    )


def test_the_gradient_is_right() -> None:
    predictions, targets = torch.randn(2, 6, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda x: MSELoss()(x, targets), predictions.requires_grad_())
