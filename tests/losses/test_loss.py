import pytest
import torch
from torch import Tensor

from counterpoise.losses import Loss


class Distance(Loss):
    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        return (logits.argmax(dim=1) - targets).abs().double()


def test_the_loss_of_a_batch_is_the_mean_over_its_samples() -> None:
    logits = torch.eye(3)
    assert Distance()(logits, torch.tensor([0, 0, 0])).item() == 1.0


def test_a_loss_without_samples_losses_cannot_be_made() -> None:
    with pytest.raises(TypeError, match="per_sample"):
        Loss()  # pyright: ignore[reportAbstractUsage]
