import pytest
import torch
from torch import Tensor

from counterpoise.hierarchy import equal_number_split, level_sizes, transition_matrix
from counterpoise.metrics import inconsistency, mean_peaks, restricted_class, summation_inconsistency
from counterpoise.pooling import max_pooled

LEVELS = equal_number_split(100 * torch.exp(-torch.arange(20) / 5.0), 5)


@pytest.fixture
def logits() -> Tensor:
    return 0.7 * torch.randn(400, 20, dtype=torch.float64)


def test_shares_are_those_of_a_loop(logits: Tensor) -> None:
    """``T_h[argmax_j (T_h p)_j, argmax_k p_k] = 0``, with transition matrices."""
    probabilities, wanted = logits.softmax(dim=1), []
    for level in LEVELS:
        matrix, wrong = transition_matrix(level).double(), 0
        for row in probabilities:
            wrong += int(matrix[(matrix @ row).argmax(), row.argmax()] == 0)
        wanted.append(wrong / len(logits))
    assert summation_inconsistency(logits, LEVELS).tolist() == pytest.approx(wanted)
    assert wanted[0] > 0.05
    assert wanted[-1] == 0


def test_sure_classifiers_are_consistent(logits: Tensor) -> None:
    """A probability above one half is in the largest sum, whatever the classes."""
    assert not summation_inconsistency(1000 * logits, LEVELS)[:3].any()


def test_the_largest_of_each_group_is_always_consistent(logits: Tensor) -> None:
    for level, size in zip(LEVELS, level_sizes(LEVELS), strict=True):
        assert inconsistency(logits, max_pooled(logits, level, size), level) == 0


def test_scores_of_a_coarse_classifier_are_compared_as_they_are() -> None:
    fine, coarse = torch.eye(3), torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    assert inconsistency(fine, coarse, torch.tensor([0, 0, 1])).item() == pytest.approx(1 / 3)


def test_the_best_within_the_best_range_is_that_of_a_loop(logits: Tensor) -> None:
    for level, size in zip(LEVELS, level_sizes(LEVELS), strict=True):
        coarse, wanted = torch.randn(len(logits), size), []
        for fine, row in zip(logits.tolist(), coarse.tolist(), strict=True):
            inside = [c for c in range(20) if level[c] == row.index(max(row))]
            wanted.append(max(inside, key=lambda c, fine=fine: fine[c]))
        assert restricted_class(logits, coarse, level).tolist() == wanted


def test_without_ranges_the_best_of_all_is_best(logits: Tensor) -> None:
    everything = torch.zeros(20, dtype=torch.int64)
    found = restricted_class(logits, torch.randn(len(logits), 1), everything)
    assert torch.equal(found, logits.argmax(dim=1))


def test_peaks_are_the_mean_probabilities_of_the_best_classes() -> None:
    outputs = torch.randn(30, sum(level_sizes(LEVELS)), dtype=torch.float64)
    wanted = []
    for level in outputs.split(level_sizes(LEVELS), dim=1):
        wanted.append(sum(float(row.exp().max() / row.exp().sum()) for row in level) / 30)
    assert mean_peaks(outputs, LEVELS).tolist() == pytest.approx(wanted)
    assert len(wanted) == len(LEVELS)
