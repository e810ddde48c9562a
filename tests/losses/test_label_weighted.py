import math

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.counts import effective_number_weights
from counterpoise.errors import InputError
from counterpoise.losses import BinaryCrossEntropy, LabelWeighted, SigmoidFocalLoss

Marks = tuple[Tensor, Tensor]


@pytest.mark.parametrize("gamma", [0.0, 1.0])
def test_class_balanced_losses_are_those_of_a_loop(gamma: float, marks: Marks, counts: Tensor) -> None:
    raw = [(1 - 0.99) / (1 - 0.99**count) for count in counts.tolist()]
    wanted = []
    for row, target in zip(*(part.tolist() for part in marks), strict=True):
        terms = []
        for z, y, weight in zip(row, target, raw, strict=True):
            p = 1 / (1 + math.exp(-z if y else z))
            terms.append(-4 * weight / sum(raw) * (1 - p) ** gamma * math.log(p))
        wanted.append(sum(terms))
    weights = effective_number_weights(counts, beta=0.99)
    loss = LabelWeighted(SigmoidFocalLoss(gamma=gamma, alpha=None), weights)
    assert loss.per_sample(*marks).tolist() == pytest.approx(wanted, rel=1e-9)


def test_equal_weights_change_nothing(marks: Marks) -> None:
    loss = LabelWeighted(BinaryCrossEntropy(), torch.ones(4))
    assert_close(loss(*marks), BinaryCrossEntropy()(*marks))


def test_the_clock_is_passed_on() -> None:
    told = []
    inner = BinaryCrossEntropy()
    inner.set_epoch = told.append  # pyright: ignore[reportAttributeAccessIssue]
    LabelWeighted(inner, torch.ones(4)).set_epoch(3)
    assert told == [3]


@pytest.mark.parametrize("weights", [[1.0, -1.0], [1.0, float("nan")], [[1.0, 1.0]]])
def test_weights_that_are_none_are_refused(weights: list) -> None:
    with pytest.raises(InputError, match=r"class weights must be \(C,\) finite numbers from 0"):
        LabelWeighted(BinaryCrossEntropy(), torch.tensor(weights))
