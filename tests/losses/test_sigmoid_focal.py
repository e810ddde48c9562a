import math

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close
from torchvision.ops import sigmoid_focal_loss

from counterpoise.errors import InputError
from counterpoise.losses import BinaryCrossEntropy, SigmoidFocalLoss

Marks = tuple[Tensor, Tensor]


@pytest.mark.parametrize(("gamma", "alpha"), [(2.0, 0.25), (0.5, 0.9), (1.0, None)])
def test_losses_are_those_of_a_loop(gamma: float, alpha: float | None, marks: Marks) -> None:
    wanted = []
    for row, target in zip(*(part.tolist() for part in marks), strict=True):
        terms = []
        for z, y in zip(row, target, strict=True):
            p = 1 / (1 + math.exp(-z if y else z))
            weight = 1 if alpha is None else alpha if y else 1 - alpha
            terms.append(-weight * (1 - p) ** gamma * math.log(p))
        wanted.append(sum(terms))
    loss = SigmoidFocalLoss(gamma=gamma, alpha=alpha)
    assert loss.per_sample(*marks).tolist() == pytest.approx(wanted, rel=1e-9)


def test_the_defaults_are_the_papers(marks: Marks) -> None:
    wanted = sigmoid_focal_loss(marks[0], marks[1].double(), reduction="sum") / len(marks[0])
    assert_close(SigmoidFocalLoss()(*marks), wanted)


def test_without_gamma_and_alpha_it_is_binary_cross_entropy(marks: Marks) -> None:
    assert_close(SigmoidFocalLoss(gamma=0.0, alpha=None)(*marks), BinaryCrossEntropy()(*marks))


def test_the_gradient_flows_through_the_factor(marks: Marks) -> None:
    loss = SigmoidFocalLoss()
    assert torch.autograd.gradcheck(lambda z: loss(z, marks[1]), marks[0].requires_grad_())


def test_certain_answers_have_finite_gradients() -> None:
    logits = torch.tensor([[1e4, -1e4]], requires_grad=True)
    loss = SigmoidFocalLoss(gamma=0.5)(logits, torch.tensor([[1, 0]]))
    assert loss.item() == 0
    assert torch.autograd.grad(loss, logits)[0].isfinite().all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"gamma": -1.0}, "gamma must be 0 or more"),
        ({"alpha": 1.5}, "alpha must lie in 0 .. 1, but 1.5 came"),
    ],
)
def test_what_makes_no_sense_is_refused(options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        SigmoidFocalLoss(**options)
