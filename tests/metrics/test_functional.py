import pytest
import torch
from sklearn import metrics as sklearn
from torch import Tensor

from counterpoise.metrics.functional import confusion_matrix, macro_f1

CLASSES = 6


@pytest.fixture
def answers() -> tuple[Tensor, Tensor]:
    """Predictions and labels of 200 samples, none of them of the last class."""
    predictions, targets = torch.randint(0, CLASSES, (200,)), torch.randint(0, CLASSES - 1, (200,))
    predictions[::2] = targets[::2]
    return predictions, targets


def test_the_macro_f1_is_scikit_learns(answers: tuple[Tensor, Tensor]) -> None:
    """Class 5 occurs among the predictions only, and class 6 nowhere."""
    predictions, targets = answers
    assert 5 in predictions
    wanted = sklearn.f1_score(targets, predictions, average="macro")
    assert macro_f1(predictions, targets, CLASSES + 1).item() == pytest.approx(wanted, rel=1e-12)


def test_the_confusion_matrix_is_scikit_learns(answers: tuple[Tensor, Tensor]) -> None:
    predictions, targets = answers
    wanted = sklearn.confusion_matrix(targets, predictions, labels=range(CLASSES))
    assert confusion_matrix(predictions, targets, CLASSES).tolist() == wanted.tolist()


def test_nothing_seen_means_nothing_known() -> None:
    nothing = torch.empty(0, dtype=torch.int64)
    assert macro_f1(nothing, nothing, 3).isnan()
    assert confusion_matrix(nothing, nothing, 3).tolist() == [[0] * 3] * 3
