import math

import pytest
import torch
from torch import Tensor

from counterpoise.losses import BinaryCrossEntropy


def test_losses_are_those_of_a_loop(marks: tuple[Tensor, Tensor]) -> None:
    wanted = []
    for row, target in zip(*(part.tolist() for part in marks), strict=True):
        wanted.append(sum(math.log(1 + math.exp(-z if y else z)) for z, y in zip(row, target, strict=True)))
    loss = BinaryCrossEntropy()
    assert loss.per_sample(*marks).tolist() == pytest.approx(wanted, rel=1e-12)
    assert loss(*marks).item() == pytest.approx(sum(wanted) / len(wanted), rel=1e-12)


def test_far_logits_are_finite() -> None:
    logits = torch.tensor([[1e4, -1e4]], requires_grad=True)
    loss = BinaryCrossEntropy()(logits, torch.tensor([[0, 1]]))
    assert loss == 2e4
    assert torch.autograd.grad(loss, logits)[0].tolist() == [[1, -1]]
