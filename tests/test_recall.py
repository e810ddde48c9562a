import pytest
import torch
from sklearn import metrics as sklearn
from torch import Tensor

from counterpoise.recall import class_hits, mean_class_recall, per_class_accuracy

CLASSES = 6


@pytest.fixture
def answers() -> tuple[Tensor, Tensor]:
    """Predictions and labels of 200 samples, none of them of the last class."""
    predictions, targets = torch.randint(0, CLASSES, (200,)), torch.randint(0, CLASSES - 1, (200,))
    predictions[::2] = targets[::2]
    return predictions, targets


def test_hits_are_those_of_a_loop(answers: tuple[Tensor, Tensor]) -> None:
    hits, samples = [0] * CLASSES, [0] * CLASSES
    for prediction, target in zip(*(part.tolist() for part in answers), strict=True):
        hits[target] += prediction == target
        samples[target] += 1
    produced = class_hits(*answers, CLASSES)
    assert [part.tolist() for part in produced] == [hits, samples]


def test_a_class_without_samples_has_no_accuracy(answers: tuple[Tensor, Tensor]) -> None:
    per_class = per_class_accuracy(*answers, CLASSES)
    assert per_class.dtype == torch.float64
    assert per_class.isnan().tolist() == [False] * 5 + [True]
    predictions, targets = answers
    assert per_class[2].item() == (predictions[targets == 2] == 2).double().mean().item()


def test_the_mean_recall_is_scikit_learns_balanced_accuracy(answers: tuple[Tensor, Tensor]) -> None:
    predictions, targets = answers
    known = predictions < CLASSES - 1
    wanted = sklearn.balanced_accuracy_score(targets[known], predictions[known])
    produced = mean_class_recall(predictions[known], targets[known], CLASSES)
    assert produced.item() == pytest.approx(wanted, rel=1e-12)


def test_nothing_seen_means_nothing_known() -> None:
    nothing = torch.empty(0, dtype=torch.int64)
    assert per_class_accuracy(nothing, nothing, 3).isnan().all()
    assert mean_class_recall(nothing, nothing, 3).isnan()
