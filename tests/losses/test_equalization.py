import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import EqualizationLoss, equalization_scores

BACKGROUND = 4


@pytest.fixture
def regions() -> tuple[Tensor, Tensor]:
    return torch.randn(5, BACKGROUND, dtype=torch.float64), torch.tensor([0, 3, BACKGROUND, 1, BACKGROUND])


@pytest.fixture
def frequencies() -> Tensor:
    return torch.tensor([0.5, 0.00177, 0.0017, 0.0001])


def test_losses_are_those_of_a_loop(regions: tuple[Tensor, Tensor], frequencies: Tensor) -> None:
    wanted = []
    for row, target in zip(regions[0].tolist(), regions[1].tolist(), strict=True):
        kept = [c for c in range(4) if target in (c, BACKGROUND) or frequencies[c] >= 0.00177]
        wanted.append(sum(math.log(1 + math.exp(-row[c] if c == target else row[c])) for c in kept))
    loss = EqualizationLoss(frequencies)
    assert loss.per_sample(*regions).tolist() == pytest.approx(wanted, rel=1e-10)
    assert loss(*regions).item() == pytest.approx(sum(wanted) / 5, rel=1e-10)


def test_rare_classes_hear_nothing_of_other_objects(
    regions: tuple[Tensor, Tensor], frequencies: Tensor
) -> None:
    logits, targets = regions[0].requires_grad_(), regions[1]
    (gradient,) = torch.autograd.grad(EqualizationLoss(frequencies)(logits, targets), logits)
    silent = (gradient == 0).tolist()
    yes, no = True, False
    assert silent == [
        [no, no, yes, yes],
        [no, no, yes, no],
        [no, no, no, no],
        [no, no, yes, yes],
        [no, no, no, no],
    ]


def test_without_rare_classes_it_is_sigmoid_cross_entropy(regions: tuple[Tensor, Tensor]) -> None:
    truth = F.one_hot(regions[1], BACKGROUND + 1)[:, :BACKGROUND].double()
    wanted = F.binary_cross_entropy_with_logits(regions[0], truth, reduction="sum") / 5
    assert_close(EqualizationLoss(torch.ones(4))(*regions), wanted, rtol=1e-12, atol=0)


def test_scores_are_sigmoids_and_the_background_has_none() -> None:
    scores = equalization_scores(torch.tensor([[0.0, math.log(3)]]))
    assert_close(scores, torch.tensor([[0.5, 0.75, 0.0]]))


def test_certain_answers_are_finite_in_half_precision(frequencies: Tensor) -> None:
    logits = torch.tensor([[1e4, -1e4, 1e4, -1e4]], dtype=torch.float16, requires_grad=True)
    loss = EqualizationLoss(frequencies)(logits, torch.tensor([0]))
    assert loss.item() == 0
    assert torch.autograd.grad(loss, logits)[0].count_nonzero() == 0


def test_the_gradient_is_that_of_the_values(regions: tuple[Tensor, Tensor], frequencies: Tensor) -> None:
    loss = EqualizationLoss(frequencies)
    assert torch.autograd.gradcheck(lambda z: loss(z, regions[1]), regions[0].requires_grad_())


def test_one_class_and_its_background() -> None:
    logits = torch.tensor([[2.0], [2.0]], dtype=torch.float64)
    losses = EqualizationLoss(torch.tensor([0.0])).per_sample(logits, torch.tensor([0, 1]))
    assert losses.tolist() == pytest.approx([math.log(1 + math.exp(-2)), math.log(1 + math.exp(2))])


@pytest.mark.parametrize("frequencies", [[0.5, 12.0], [-0.1, 0.5], [float("nan")], [[0.5]]])
def test_frequencies_that_are_none_are_refused(frequencies: list[float]) -> None:
    with pytest.raises(InputError, match=r"frequencies must be \(C,\) shares in 0 .. 1"):
        EqualizationLoss(torch.tensor(frequencies))
