import math

import pytest
import torch

from counterpoise.counts import (
    checked_prior,
    class_prior,
    count_classes,
    effective_number_weights,
    effective_numbers,
    logit_adjustment,
    real_counts,
    resembles_training,
    total_variation,
    uniform_prior,
    with_background,
)
from counterpoise.errors import InputError


def test_counts_are_those_of_a_loop() -> None:
    labels = torch.randint(0, 7, (300,), generator=torch.Generator().manual_seed(0))
    counts = [0] * 9
    for label in labels.tolist():
        counts[label] += 1
    produced = count_classes(labels, 9)
    assert produced.dtype == torch.int64
    assert produced.tolist() == counts


def test_no_samples_count_zero() -> None:
    assert count_classes(torch.empty(0, dtype=torch.int64), 3).tolist() == [0, 0, 0]


@pytest.mark.parametrize(("labels", "came"), [([0, 3], "0 .. 3"), ([-1, 2], "-1 .. 2")])
def test_a_label_outside_the_classes_is_refused(labels: list[int], came: str) -> None:
    with pytest.raises(InputError, match=rf"labels must lie in 0 .. 2, but {came} came; renumber"):
        count_classes(torch.tensor(labels), 3)


def test_the_prior_is_the_share_of_each_class() -> None:
    prior = class_prior(torch.tensor([6, 3, 0, 1]))
    assert prior.dtype == torch.float32
    assert prior.tolist() == pytest.approx([0.6, 0.3, 0.0, 0.1])


def test_the_uniform_prior_sums_to_one() -> None:
    assert uniform_prior(4).tolist() == [0.25] * 4
    assert uniform_prior(1000).sum().item() == pytest.approx(1)


def test_real_counts_are_float32_unless_they_were_real_before() -> None:
    assert real_counts(torch.tensor([3, 0])).dtype == torch.float32
    assert real_counts(torch.tensor([3.0, 0.5], dtype=torch.float64)).dtype == torch.float64


@pytest.mark.parametrize("counts", [[], [0, 0], [3, -1], [[3, 1]], [3.0, float("nan")]])
def test_counts_that_are_none_are_refused(counts: list[float]) -> None:
    with pytest.raises(InputError, match=r"class counts must be \(C,\) numbers from 0 with a sum above 0"):
        real_counts(torch.tensor(counts))


@pytest.mark.parametrize("beta", [0.0, 0.9, 0.9999])
def test_effective_number_weights_are_those_of_a_loop(beta: float) -> None:
    counts = [5000, 70, 1]
    raw = [1 / sum(beta**power for power in range(count)) for count in counts]
    wanted = [3 * weight / sum(raw) for weight in raw]
    assert effective_number_weights(torch.tensor(counts), beta=beta).tolist() == pytest.approx(
        wanted, rel=1e-6
    )


@pytest.mark.parametrize("beta", [0.0, 0.9, 0.9999])
def test_effective_numbers_are_geometric_sums(beta: float) -> None:
    counts = [5000, 70, 1, 0]
    wanted = [sum(beta**power for power in range(count)) for count in counts]
    produced = effective_numbers(torch.tensor(counts), beta=beta)
    assert produced.dtype == torch.float64
    assert produced.tolist() == pytest.approx(wanted, rel=1e-9)


def test_a_class_without_samples_has_no_weight_and_the_sum_stays() -> None:
    weights = effective_number_weights(torch.tensor([10, 0, 1]), beta=0.9)
    assert weights[1] == 0
    assert weights.sum().item() == pytest.approx(3)
    assert weights.dtype == torch.float32


@pytest.mark.parametrize("beta", [-0.1, 1.0, float("nan")])
def test_a_beta_out_of_range_is_refused(beta: float) -> None:
    with pytest.raises(InputError, match="beta must lie in 0 <= beta < 1, but"):
        effective_number_weights(torch.tensor([2, 1]), beta=beta)
    with pytest.raises(InputError, match="beta must lie in 0 <= beta < 1, but"):
        effective_numbers(torch.tensor([2, 1]), beta=beta)


def test_the_logit_adjustment_is_the_log_of_a_power_of_the_prior() -> None:
    produced = logit_adjustment(torch.tensor([6.0, 2.0, 0.0], dtype=torch.float64), tau=2.0)
    wanted = [math.log(0.75**2 + 1e-12), math.log(0.25**2 + 1e-12), math.log(1e-12)]
    assert produced.tolist() == pytest.approx(wanted, rel=1e-12)
    assert logit_adjustment(torch.tensor([6, 2]), tau=0.0).tolist() == [0, 0]


def test_a_negative_tau_is_refused() -> None:
    with pytest.raises(InputError, match=r"tau must be 0 or more, but -1.0 came"):
        logit_adjustment(torch.tensor([6, 2]), tau=-1.0)


def test_marks_of_several_labels_are_counted_by_column() -> None:
    marks = torch.tensor([[1, 1, 0], [0, 0, 0], [1, 0, 0]])
    assert count_classes(marks.bool(), 3).tolist() == count_classes(marks, 3).tolist() == [2, 1, 0]
    with pytest.raises(InputError, match=r"marks must be \(N, 4\), but \(3, 3\) came"):
        count_classes(marks, 4)


def test_a_prior_is_weights_as_shares() -> None:
    assert checked_prior(torch.tensor([3, 1, 0]), 3).tolist() == [0.75, 0.25, 0]


@pytest.mark.parametrize(
    "weights", [[1.0, 1.0], [1.0, -1.0, 1.0], [0.0, 0.0, 0.0], [1.0, math.nan, 1.0], [1.0, math.inf, 1.0]]
)
def test_weights_that_are_no_prior_are_refused(weights: list[float]) -> None:
    with pytest.raises(
        InputError, match=r"a class prior must hold 3 weights from 0, one for each class and not all 0"
    ):
        checked_prior(torch.tensor(weights), 3)


def test_total_variation_is_the_share_of_samples_that_differ() -> None:
    assert total_variation(torch.tensor([0.5, 0.5, 0.0]), torch.tensor([0.2, 0.5, 0.3])) == pytest.approx(0.3)
    assert total_variation(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])) == 1


@pytest.mark.parametrize(
    ("split", "training", "alike"),
    [
        ([9, 2], [30, 6], True),
        ([10, 10], [30, 6], False),
        ([2, 9], [30, 6], False),
        ([19, 10], [19, 10], False),
        ([0, 0], [30, 6], False),
    ],
)
def test_a_split_resembles_skewed_training_data_or_not(split: list, training: list, alike: bool) -> None:
    assert resembles_training(torch.tensor(split), torch.tensor(training)) is alike


def test_the_background_counts_as_the_mean_category() -> None:
    counts = with_background(torch.tensor([90, 9, 2]))
    assert counts.tolist() == [34, 90, 9, 2]
    assert counts.dtype == torch.int64
