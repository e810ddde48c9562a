import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import BinaryCrossEntropy, EqualizationLoss, SigmoidEqualizationLoss

FREQUENCIES = torch.tensor([0.7, 0.2, 0.1, 0.05], dtype=torch.float64)
Marks = tuple[Tensor, Tensor]


@pytest.mark.parametrize("threshold", [0.15, 0.1, 1.77e-3])
def test_losses_are_those_of_a_loop(threshold: float, marks: Marks) -> None:
    wanted = []
    for row, target in zip(*(part.tolist() for part in marks), strict=True):
        terms = []
        for z, y, frequency in zip(row, target, FREQUENCIES.tolist(), strict=True):
            spared = any(target) and frequency < threshold and not y
            terms.append(0 if spared else math.log(1 + math.exp(-z if y else z)))
        wanted.append(sum(terms))
    loss = SigmoidEqualizationLoss(FREQUENCIES, threshold=threshold)
    assert loss.per_sample(*marks).tolist() == pytest.approx(wanted, rel=1e-12)


def test_samples_without_a_label_push_every_class_down() -> None:
    loss = SigmoidEqualizationLoss(FREQUENCIES, threshold=0.5)
    weights = loss.weights(torch.tensor([[1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]))
    assert weights.tolist() == [[True, False, False, False], [True, False, True, False], [True] * 4]


def test_with_one_label_or_none_it_is_that_of_a_detector(batch: Marks) -> None:
    logits, labels = batch[0], torch.tensor([0, 3, 4, 1, 2, 4])
    detector = EqualizationLoss(FREQUENCIES, threshold=0.15)
    marks = F.one_hot(labels, 5)[:, :4].bool()
    assert_close(
        SigmoidEqualizationLoss(FREQUENCIES, threshold=0.15)(logits, marks), detector(logits, labels)
    )


def test_without_rare_classes_it_is_binary_cross_entropy(marks: Marks) -> None:
    assert_close(SigmoidEqualizationLoss(FREQUENCIES, threshold=0.0)(*marks), BinaryCrossEntropy()(*marks))


def test_counts_are_no_frequencies() -> None:
    with pytest.raises(InputError, match="frequencies must be"):
        SigmoidEqualizationLoss(torch.tensor([3.0, 2.0]))
