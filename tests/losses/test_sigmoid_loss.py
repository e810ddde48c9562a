"""The reduction that all losses with one sigmoid per class share, and the targets they take."""

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import SigmoidLoss
from counterpoise.losses.sigmoid_loss import cross_entropies


class Squares(SigmoidLoss):
    """A loss of a user."""

    def per_label(self, logits: Tensor, targets: Tensor) -> Tensor:
        return (logits - targets) ** 2


def test_classes_are_summed_and_samples_averaged() -> None:
    logits, targets = torch.tensor([[1.0, 2.0], [3.0, 0.0]]), torch.tensor([[1, 0], [1, 1]])
    assert Squares().per_sample(logits, targets).tolist() == [4, 5]
    assert Squares()(logits, targets) == 4.5


@pytest.mark.parametrize("kind", [torch.bool, torch.uint8, torch.float32])
def test_targets_may_be_of_any_kind(kind: torch.dtype) -> None:
    logits, marks = torch.randn(3, 4, dtype=torch.float64), torch.rand(3, 4) < 0.5
    assert_close(cross_entropies(logits, marks.to(kind)), cross_entropies(logits, marks.double()))


def test_one_class_per_sample_is_refused_with_what_fits() -> None:
    with pytest.raises(InputError, match=r"but targets \(3,\) came; for one class per sample .* FocalLoss"):
        cross_entropies(torch.zeros(3, 4), torch.zeros(3, dtype=torch.int64))
