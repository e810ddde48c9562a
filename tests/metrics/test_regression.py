import math
import warnings

import pytest
import torch
from scipy.stats import rankdata
from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.metrics import (
    balanced_mean,
    geometric_mean_error,
    regression_by_shot,
    regression_scores,
    shot_groups,
)

Samples = tuple[Tensor, Tensor, Tensor]


@pytest.fixture
def samples() -> Samples:
    targets = torch.randint(0, 6, (80,)) ** 2
    return targets + 3 * torch.randn(80, dtype=torch.float64), targets.double(), targets


def looped(predictions: list[float], targets: list[float], bins: list[int]) -> dict[str, float]:
    errors = [abs(x - t) for x, t in zip(predictions, targets, strict=True)]
    by_bin = {b: [e for e, other in zip(errors, bins, strict=True) if other == b] for b in set(bins)}
    mean = {b: sum(some) / len(some) for b, some in by_bin.items()}
    squares = {b: sum(e * e for e in some) / len(some) for b, some in by_bin.items()}
    mse, balanced = sum(e * e for e in errors) / len(errors), sum(squares.values()) / len(squares)
    return {
        "samples": len(errors),
        "mae": sum(errors) / len(errors),
        "mse": mse,
        "rmse": math.sqrt(mse),
        "gmean": math.exp(sum(map(math.log, errors)) / len(errors)),
        "balanced_mae": sum(mean.values()) / len(mean),
        "balanced_mse": balanced,
        "balanced_rmse": math.sqrt(balanced),
        "pearson": looped_correlation(predictions, targets),
        "spearman": looped_correlation(rankdata(predictions).tolist(), rankdata(targets).tolist()),
    }


def looped_correlation(first: list[float], second: list[float]) -> float:
    means = [sum(values) / len(values) for values in (first, second)]
    pairs = [(a - means[0], b - means[1]) for a, b in zip(first, second, strict=True)]
    product = sum(a * b for a, b in pairs)
    return product / math.sqrt(sum(a * a for a, _ in pairs) * sum(b * b for _, b in pairs))


def test_scores_are_those_of_a_loop(samples: Samples) -> None:
    found = regression_scores(*samples)
    assert found == pytest.approx(looped(*(tensor.tolist() for tensor in samples)), rel=1e-10)


def test_groups_hold_the_samples_of_their_bins(samples: Samples) -> None:
    bins, counts = samples[2], torch.zeros(26, dtype=torch.int64)
    counts[[0, 1, 4, 9, 16]] = torch.tensor([101, 500, 100, 19, 20])
    found = regression_by_shot(*samples, groups=shot_groups(counts, convention="strict").masks)
    wanted = {"overall": range(26), "many": [0, 1], "medium": [4, 16], "few": [9, 25]}
    assert found.keys() == wanted.keys()
    for name, some in wanted.items():
        rows = torch.isin(bins, torch.tensor(list(some)))
        assert found[name] == pytest.approx(looped(*(tensor[rows].tolist() for tensor in samples)), rel=1e-10)


def test_with_as_many_of_each_target_the_balanced_error_is_the_plain_one() -> None:
    bins = torch.arange(5).repeat(7)
    found = regression_scores(torch.randn(35), bins.double(), bins)
    assert found["balanced_mae"] == pytest.approx(found["mae"], rel=1e-6)
    assert found["balanced_rmse"] == pytest.approx(found["rmse"], rel=1e-6)


def test_rare_targets_count_as_much_as_common_ones() -> None:
    errors, bins = torch.tensor([1.0, 1.0, 1.0, 9.0]), torch.tensor([4, 4, 4, 0])
    assert balanced_mean(errors, bins).item() == 5


def test_an_exact_hit_makes_the_geometric_mean_zero_unless_something_stands_for_it() -> None:
    errors = torch.tensor([0.0, 4.0]).double()
    assert geometric_mean_error(errors).item() == 0
    assert geometric_mean_error(errors, exact=1e-10).item() == pytest.approx(2e-5, rel=1e-9)
    assert geometric_mean_error(torch.tensor([1.0, 4.0])).item() == pytest.approx(2)


def test_empty_groups_are_none() -> None:
    bins = torch.tensor([0, 0])
    groups = {"many": torch.tensor([True, False]), "few": torch.tensor([False, True])}
    found = regression_by_shot(torch.ones(2), torch.zeros(2), bins, groups=groups)
    assert found["few"]["samples"] == 0
    assert [value for name, value in found["few"].items() if name != "samples"] == [None] * 9
    assert found["many"]["mae"] == found["overall"]["mae"] == 1


def test_correlations_of_constants_and_single_samples_are_none() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for predictions, targets in (([1.0, 2.0], [3.0, 3.0]), ([1.0, 1.0], [2.0, 3.0]), ([1.0], [2.0])):
            found = regression_scores(
                torch.tensor(predictions), torch.tensor(targets), torch.tensor(targets).long()
            )
            assert found["pearson"] is None
            assert found["spearman"] is None
            assert found["mae"] is not None


@pytest.mark.parametrize("bins", [torch.tensor([0, 2]), torch.tensor([-1, 0])])
def test_bins_that_the_groups_do_not_know_are_refused(bins: Tensor) -> None:
    groups = {"many": torch.tensor([True, False])}
    with pytest.raises(InputError, match=r"bins must lie in 0 .. 1"):
        regression_by_shot(torch.ones(2), torch.zeros(2), bins, groups=groups)


def test_shapes_that_differ_are_refused() -> None:
    with pytest.raises(InputError, match=r"\(2, 1\), \(2,\) and \(2,\) came"):
        regression_scores(torch.ones(2, 1), torch.zeros(2), torch.zeros(2, dtype=torch.int64))
