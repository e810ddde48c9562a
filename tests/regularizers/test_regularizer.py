import pytest
import torch
from torch import Tensor

from counterpoise.regularizers import Regularizer


class Length(Regularizer):
    def forward(self, features: Tensor, targets: Tensor) -> Tensor:
        return features.norm()


def test_it_is_called_with_features_and_targets() -> None:
    assert Length()(torch.tensor([[3.0, 4.0]]), torch.tensor([0])).item() == 5


def test_one_without_a_penalty_cannot_be_made() -> None:
    with pytest.raises(TypeError, match="forward"):
        Regularizer()  # pyright: ignore[reportAbstractUsage]
