import math

import pytest
import torch
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.pseudo_labels import (
    adaptive_weights,
    aligned,
    annealed,
    confident,
    equal_share_thresholds,
    flattened_prior,
    keep_probabilities,
    most_confident,
    relabeling_rates,
    scaled_to_marginal,
)

BEFORE = torch.full((4,), 0.9)


def test_a_confidence_reaches_its_threshold() -> None:
    probabilities = torch.tensor([[0.75, 0.25], [0.25, 0.75], [0.5, 0.5]])
    assert confident(probabilities, 0.75).tolist() == [True, True, False]
    assert confident(probabilities, torch.tensor([0.5, 0.8])).tolist() == [True, False, True]


def test_every_class_keeps_the_share_of_the_head() -> None:
    heads, others = (
        torch.tensor([0.99, 0.97, 0.96, 0.5]),
        torch.tensor([0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]),
    )
    confidences = torch.cat([heads, others.flip(0), torch.tensor([0.3])])
    labels = torch.tensor([2] * 4 + [0] * 8 + [3])
    found = equal_share_thresholds(confidences, labels, BEFORE, head=2, threshold=0.95)
    assert_close(found, torch.tensor([0.3, 0.9, 0.95, 0.3]))  # 6 of 8, none, the head, and at least one
    assert int((confidences[labels == 0] >= found[0]).sum()) == 6
    assert BEFORE.tolist() == [pytest.approx(0.9)] * 4


@pytest.mark.parametrize("labels", [[0, 1], [2, 2]])
def test_thresholds_stay_while_the_head_keeps_nothing(labels: list[int]) -> None:
    found = equal_share_thresholds(torch.tensor([0.3, 0.4]), torch.tensor(labels), BEFORE, head=2)
    assert_close(found, torch.tensor([0.9, 0.9, 0.95, 0.9]))


def test_no_sample_at_all_changes_no_threshold_but_that_of_the_head() -> None:
    none = torch.zeros(0)
    assert_close(
        equal_share_thresholds(none, none.long(), BEFORE, head=0), torch.tensor([0.95, 0.9, 0.9, 0.9])
    )


def test_adaptive_weights_are_effective_numbers_of_the_mean_count() -> None:
    counts = torch.tensor([70, 20, 10, 20])
    raw = [(1 - 29 / 30) / (1 - (29 / 30) ** n) for n in counts.tolist()]
    found = adaptive_weights(counts)
    assert_close(found, torch.tensor([4 * weight / sum(raw) for weight in raw]))
    assert found.sum().item() == pytest.approx(4)


def test_a_class_without_pseudo_labels_weighs_as_one_with_one() -> None:
    found = adaptive_weights(torch.tensor([60.0, 0.0, 30.0]).double())
    raw = [(1 / 30) / (1 - (29 / 30) ** n) for n in (60, 1, 30)]
    assert_close(found, torch.tensor([3 * weight / sum(raw) for weight in raw]).double())


def test_few_pseudo_labels_weigh_all_the_same() -> None:
    assert adaptive_weights(torch.tensor([1, 0, 0, 0])).tolist() == [1, 1, 1, 1]


def test_a_balancing_mask_keeps_as_many_of_each_class() -> None:
    counts = torch.tensor([100, 20, 0, 5])
    keep = keep_probabilities(counts)
    assert_close(keep, torch.tensor([0.05, 0.25, 1.0, 1.0]))
    assert (keep * counts)[counts > 0].tolist() == [5, 5, 5]


def test_annealing_goes_from_all_to_the_balance() -> None:
    keep = torch.tensor([0.2, 1.0])
    assert annealed(keep, 0.0).tolist() == [1, 1]
    assert_close(annealed(keep, 0.5), torch.tensor([0.6, 1.0]))
    assert_close(annealed(keep, 1.0), keep)


def test_rates_of_an_exponential_profile_are_those_of_the_formula() -> None:
    classes, gamma = 5, 100.0
    counts = torch.tensor([1000 * gamma ** (-c / (classes - 1)) for c in range(classes)], dtype=torch.float64)
    wanted = [(1 / gamma) ** ((classes - 1 - c) / ((classes - 1) * 3)) for c in range(classes)]
    assert_close(relabeling_rates(counts), torch.tensor(wanted, dtype=torch.float64))
    shuffled = torch.tensor([3, 0, 4, 2, 1])
    assert_close(relabeling_rates(counts[shuffled]), relabeling_rates(counts)[shuffled])


def test_rates_rise_from_the_head_to_the_tail() -> None:
    found = relabeling_rates(torch.tensor([8, 1, 8]), root=1.0)
    assert_close(found, torch.tensor([0.125, 1.0, 1.0]))
    with pytest.raises(InputError, match="root must be above 0, but 0 came"):
        relabeling_rates(torch.tensor([8, 1]), root=0)


def test_the_most_confident_of_each_class_are_chosen() -> None:
    confidences = torch.tensor([0.9, 0.2, 0.5, 0.4, 0.8, 0.7])
    labels = torch.tensor([0, 0, 0, 0, 2, 2])
    chosen = most_confident(confidences, labels, torch.tensor([0.5, 1.0, 0.4]))
    assert chosen.tolist() == [True, False, True, False, True, False]
    assert most_confident(confidences, labels, torch.ones(3)).all()
    assert not most_confident(confidences, labels, torch.zeros(3)).any()


def test_a_flattened_prior_goes_towards_the_uniform_one() -> None:
    prior = torch.tensor([0.8, 0.2])
    assert_close(flattened_prior(prior, 1.0), prior)
    assert_close(flattened_prior(prior, 0.5), torch.tensor([2 / 3, 1 / 3]))
    assert_close(flattened_prior(prior, 0.0), torch.tensor([0.5, 0.5]))


def test_alignment_moves_the_marginal_towards_the_wanted_one() -> None:
    probabilities = torch.tensor([[0.9, 0.1], [0.6, 0.4]])
    found = aligned(probabilities, torch.tensor([0.5, 0.5]), torch.tensor([0.75, 0.25]))
    assert_close(found, torch.tensor([[0.75, 0.25], [1 / 3, 2 / 3]]))


def test_scaling_reaches_the_marginal_and_keeps_odds() -> None:
    probabilities = torch.randn(50, 3, dtype=torch.float64).softmax(dim=1)
    wanted = torch.tensor([0.6, 0.3, 0.1], dtype=torch.float64)
    found = scaled_to_marginal(probabilities, 50 * wanted, iterations=200)
    assert_close(found.sum(dim=1), torch.ones(50, dtype=torch.float64))
    assert_close(found.mean(dim=0), wanted, rtol=1e-6, atol=1e-8)
    factors = (found[:, 0] / found[:, 1]) / (probabilities[:, 0] / probabilities[:, 1])
    assert_close(factors, factors[:1].expand(50), rtol=1e-6, atol=0)


def test_scaling_survives_impossible_classes() -> None:
    probabilities = torch.tensor([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0]])
    found = scaled_to_marginal(probabilities, torch.tensor([0.5, 0.5, 0.0]))
    assert found.isfinite().all()
    assert math.isclose(found[1, 2].item(), 0.0)
    with pytest.raises(InputError, match="at least 1 iteration"):
        scaled_to_marginal(probabilities, torch.ones(3), iterations=0)
