import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.samplers import (
    environment_weights,
    hardness_weights,
    weights_both_ways,
    weights_over_all,
    weights_within_classes,
)
from counterpoise.samplers.environments import environment_scales


def looped(confidences: list[float], scale: float) -> list[float]:
    """The weights of one group, number by number."""
    n = len(confidences)
    if n < 5:
        return [1 / n] * n
    low, span = min(confidences), max(confidences) - min(confidences) + 1e-9
    remaining = [abs(1 - (p - low) / span) + 1e-5 for p in confidences]
    rising = sorted(remaining)
    hard = sum(rising[n - int(0.2 * n) :]) / int(0.2 * n)
    easy = sum(rising[: int(0.8 * n)]) / int(0.8 * n)
    beta = min(max(math.log(scale) / math.log(hard / easy + 1e-5), 1.0), 10.0)
    raised = [r**beta + 1e-12 for r in remaining]
    return [value / sum(raised) for value in raised]


def sample(size: int = 200, classes: int = 9) -> tuple[Tensor, Tensor]:
    """Class 7 has no sample, class 8 a single one, and one value repeats."""
    targets = torch.randint(7, (size,))
    targets[3] = classes - 1
    confidences = torch.rand(size, dtype=torch.float64)
    confidences[10:30] = 0.25
    return confidences, targets


@pytest.mark.parametrize("scale", [1.5, 4.0, 100.0])
def test_each_group_has_the_weights_of_a_loop(scale: float) -> None:
    confidences, targets = sample()
    found = hardness_weights(confidences, targets, scale=scale)
    for label in targets.unique():
        members = targets == label
        assert_close(
            found[members].tolist(), looped(confidences[members].tolist(), scale), rtol=1e-12, atol=0
        )


def test_the_less_sure_the_heavier() -> None:
    confidences, targets = sample()
    found = hardness_weights(confidences, targets, scale=4.0)
    for label in range(7):
        members = (targets == label).nonzero().flatten()
        rising = members[confidences[members].argsort(stable=True)]
        assert (found[rising].diff() <= 0).all()


def test_the_hardest_fifth_weighs_about_the_scale() -> None:
    confidences = torch.linspace(0, 1, 1000, dtype=torch.float64)
    found = hardness_weights(confidences, torch.zeros(1000, dtype=torch.int64), scale=4.0)
    assert found[:200].mean() / found[200:].mean() == pytest.approx(4.0, rel=0.2)


def test_a_class_of_one_confidence_has_one_weight() -> None:
    found = hardness_weights(torch.full((8,), 0.3), torch.zeros(8, dtype=torch.int64), scale=4.0)
    assert_close(found, torch.full((8,), 1 / 8, dtype=torch.float64))


def test_who_was_not_seen_is_not_drawn_and_each_class_sums_to_one() -> None:
    confidences, targets = sample()
    confidences[::4] = torch.nan
    found = weights_within_classes(confidences, targets, 4.0)
    assert found[::4].count_nonzero() == 0
    sums = torch.zeros(9, dtype=torch.float64).index_add_(0, targets, found)
    assert_close(sums[[0, 1, 2, 3, 4, 5, 6, 8]], torch.ones(8, dtype=torch.float64))
    assert sums[7] == 0


def test_over_all_who_was_not_seen_counts_as_sure() -> None:
    confidences, targets = sample()
    confidences[::4] = torch.nan
    found = weights_over_all(confidences, targets, 4.0)
    assert_close(found.tolist(), looped(confidences.nan_to_num(1.0).tolist(), 4.0), rtol=1e-12, atol=0)
    both = weights_both_ways(confidences, targets, 4.0)
    assert_close(both, found * weights_within_classes(confidences, targets, 4.0))


def test_more_environments_have_shares_of_the_scale() -> None:
    confidences, targets = sample()
    found = environment_weights(confidences, targets, environments=4, scale=9.0)
    assert found.shape == (4, 200)
    assert torch.equal(found[0], torch.ones(200, dtype=torch.float64))
    for row, scale in zip(found[1:], (3.0, 6.0, 9.0), strict=True):
        assert torch.equal(row, weights_within_classes(confidences, targets, scale))


def test_three_environments_are_those_of_the_release() -> None:
    assert environment_scales(3, 4.0) == [2.0, 4.0]


def test_single_precision_is_as_good() -> None:
    confidences, targets = sample()
    rough = hardness_weights(confidences.float(), targets, scale=4.0)
    assert rough.dtype == torch.float64
    assert_close(rough, hardness_weights(confidences, targets, scale=4.0), rtol=1e-4, atol=1e-9)


def test_nobody_has_no_weights() -> None:
    nothing = torch.zeros(0, dtype=torch.int64)
    assert hardness_weights(torch.zeros(0), nothing, scale=4.0).shape == (0,)


@pytest.mark.parametrize(("environments", "scale"), [(1, 4.0), (2, 1.0), (2, math.nan)])
def test_environments_that_are_alike_are_refused(environments: int, scale: float) -> None:
    with pytest.raises(InputError, match="at least 2 environments and a scale above 1"):
        environment_weights(*sample(), environments=environments, scale=scale)


@pytest.mark.parametrize("wrong", [-0.1, 1.1, np.inf, math.nan])
def test_what_is_no_probability_is_refused(wrong: float) -> None:
    confidences, targets = sample()
    confidences[5] = wrong
    with pytest.raises(InputError, match=r"confidences must lie in 0 \.\. 1"):
        hardness_weights(confidences, targets, scale=4.0)
