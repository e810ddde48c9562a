import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.pseudo_labels import adaptive_weights
from counterpoise.trackers import AdaptiveWeights, EqualShareThresholds, FixedThreshold, Trust


def sure(*confidences: tuple[int, float]) -> Tensor:
    """Probabilities of three classes with these labels and confidences."""
    rows = torch.tensor([[(1 - p) / 2] * 3 for _, p in confidences])
    for row, (label, p) in zip(rows, confidences, strict=True):
        row[label] = p
    return rows


def test_a_fixed_threshold_believes_or_not() -> None:
    weights = FixedThreshold()(sure((0, 0.96), (2, 0.94), (1, 0.99)))
    assert weights.tolist() == [1, 0, 1]


def test_shares_follow_the_largest_class_after_the_epoch() -> None:
    trust = EqualShareThresholds(torch.tensor([5, 100, 20]))
    first = sure((1, 0.96), (1, 0.5), (0, 0.6))
    trust.observe(first)
    trust.observe(sure((0, 0.4)))
    assert trust(first).tolist() == [1, 0, 0], "thresholds hold for a whole epoch"
    trust.close_epoch()
    assert_close(trust.thresholds, torch.tensor([0.6, 0.95, 0.95]))
    trust.close_epoch()
    assert_close(trust.thresholds, torch.tensor([0.6, 0.95, 0.95]))


def test_weights_follow_the_counts_of_an_epoch() -> None:
    trust = AdaptiveWeights(3, threshold=0.9)
    seen = sure(*[(0, 0.95)] * 6, *[(1, 0.95)] * 3, *[(2, 0.5)] * 9)
    assert trust(seen).tolist() == [1] * 9 + [0] * 9
    trust.observe(seen)
    trust.close_epoch()
    assert_close(trust.weights, adaptive_weights(torch.tensor([6, 3, 0])))
    assert_close(trust(seen)[[0, 6, 9]], torch.stack([trust.weights[0], trust.weights[1], torch.tensor(0.0)]))
    trust.close_epoch()
    assert trust.weights.tolist() == [1, 1, 1], "an epoch without any says nothing"


@pytest.mark.parametrize("trust", [AdaptiveWeights(3), EqualShareThresholds(torch.tensor([9, 5, 1]))])
def test_what_lives_within_an_epoch_is_not_stored(trust: Trust) -> None:
    names = set(trust.state_dict())
    trust.observe(sure((0, 0.96), (1, 0.4)))
    assert set(trust.state_dict()) == names


@pytest.mark.parametrize("threshold", [-0.1, 1.5, float("nan")])
def test_a_threshold_is_a_probability(threshold: float) -> None:
    with pytest.raises(InputError, match=r"a threshold must lie in 0 \.\. 1"):
        FixedThreshold(threshold=threshold)
