import pytest
import torch
from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.metrics import open_set_f_measure


def looped(probabilities: Tensor, targets: Tensor, threshold: float) -> tuple[float, float, float]:
    """Counted sample by sample; a rejected one is taken for class -1."""
    right = wrong = missed = 0
    for row, target in zip(probabilities.tolist(), targets.tolist(), strict=True):
        answer = row.index(max(row)) if max(row) >= threshold else -1
        right += target != -1 and answer == target
        wrong += target != -1 and answer != target
        missed += target == -1 and answer != target
    precision, recall = right / (right + wrong), right / (right + missed)
    return precision, recall, 2 * precision * recall / (precision + recall + 1e-12)


@pytest.mark.parametrize("threshold", [0.1, 0.2, 0.35])
def test_it_is_that_of_a_loop(threshold: float) -> None:
    probabilities = torch.randn(300, 12, dtype=torch.float64).softmax(dim=1)
    targets = torch.where(torch.rand(300) < 0.6, probabilities.argmax(dim=1), torch.randint(-1, 12, (300,)))
    targets[:40] = -1
    found = open_set_f_measure(probabilities, targets, threshold=threshold)
    assert tuple(found) == pytest.approx(looped(probabilities, targets, threshold), rel=1e-12)
    assert 0 < found.recall < 1


def test_a_small_example_by_hand() -> None:
    probabilities = torch.tensor([[0.9, 0.1], [0.2, 0.8], [0.45, 0.55], [0.5, 0.5], [0.3, 0.7]])
    targets = torch.tensor([0, 0, 1, -1, -1])
    found = open_set_f_measure(probabilities, targets, threshold=0.6)
    assert (found.precision, found.recall) == (pytest.approx(1 / 3), pytest.approx(1 / 2))
    assert found.f_measure == pytest.approx(2 / 5)


def test_without_unknown_samples_or_rejections_it_is_the_accuracy() -> None:
    probabilities, targets = torch.eye(4)[[0, 1, 2, 0]], torch.tensor([0, 1, 2, 3])
    found = open_set_f_measure(probabilities, targets)
    assert (found.precision, found.recall) == (0.75, 1.0)


def test_at_the_threshold_a_sample_is_accepted() -> None:
    probabilities, targets = torch.tensor([[0.5, 0.25, 0.25]]), torch.tensor([0])
    assert open_set_f_measure(probabilities, targets, threshold=0.5).precision == 1
    assert open_set_f_measure(probabilities, targets, threshold=0.51).precision == 0


def test_nothing_accepted_is_zero() -> None:
    found = open_set_f_measure(torch.full((3, 4), 0.25), torch.tensor([0, -1, 2]), threshold=0.9)
    assert found == (0, 0, 0)


def test_another_mark_of_unknown_samples() -> None:
    probabilities, targets = torch.eye(3), torch.tensor([0, 1, 99])
    marked = open_set_f_measure(probabilities, targets, unknown=99)
    assert marked == open_set_f_measure(probabilities, torch.tensor([0, 1, -1]))
    assert marked.recall == pytest.approx(2 / 3)


def test_a_set_of_unknown_samples_alone_is_refused() -> None:
    with pytest.raises(InputError, match="expected some samples of known classes, but all are unknown"):
        open_set_f_measure(torch.eye(2), torch.tensor([-1, -1]))


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match=r"but \(3, 3\) and \(2,\) came"):
        open_set_f_measure(torch.eye(3), torch.tensor([0, 1]))
