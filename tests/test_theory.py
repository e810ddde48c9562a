"""The theorems as Monte-Carlo experiments; numbers of this size are in the authors' setting."""

import math

import pytest
import torch
from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.theory import (
    biased_midpoint,
    linear_error,
    midpoint_confidence,
    norm_error,
    norm_error_bound,
    norm_error_confidence,
    norm_threshold,
    pseudo_labeled_midpoint,
)

P, Q, TRIALS = 0.95, 0.6, 20_000


def midpoints(n_plus: int, n_minus: int) -> Tensor:
    """The estimate of each trial; means of n samples are drawn as such."""
    generator = torch.Generator().manual_seed(0)

    def mean(n: int, right: float, sign: float) -> Tensor:
        share = torch.rand(TRIALS, n, generator=generator).lt(right).double().mean(dim=1)
        return sign * (2 * share - 1) + torch.randn(TRIALS, generator=generator).double() / math.sqrt(n)

    return (mean(n_plus, P, 1.0) + mean(n_minus, Q, -1.0)) / 2


@pytest.mark.parametrize(
    ("sizes", "failures"),
    [((500, 500), {0.1: 0.0121, 0.2: 0, 0.3: 0}), ((900, 100), {0.2: 0.0057, 0.3: 0, 0.5: 0})],
)
def test_theorem_1_bounds_the_failures(sizes: tuple[int, int], failures: dict[float, float]) -> None:
    found, limit = midpoints(*sizes), biased_midpoint(1.0, -1.0, p=P, q=Q)
    assert limit == pytest.approx(0.35)
    assert found.mean().item() == pytest.approx(0.35, abs=0.002)
    for delta, wanted in failures.items():
        share = (found - limit).abs().gt(delta).double().mean().item()
        bound = 1 - confidence([delta], *sizes).item()
        error = math.sqrt(max(share * (1 - share), 1 / TRIALS) / TRIALS)
        assert share <= min(1.0, bound) + 4 * error
        assert share == pytest.approx(wanted, abs=0.003)


def confidence(deltas: list[float], n_plus: int, n_minus: int) -> Tensor:
    return midpoint_confidence(
        torch.tensor(deltas, dtype=torch.float64),
        n_plus=n_plus, n_minus=n_minus, mu1=1.0, mu2=-1.0, sigma=1.0,
    )  # fmt: skip


def test_theorem_1_is_vacuous_for_small_distances_and_strong_for_large_ones() -> None:
    assert (1 - confidence([0.1, 0.2, 0.3], 500, 500)).tolist() == pytest.approx(
        [2.46, 0.264, 0.0137], rel=5e-3
    )
    assert (1 - confidence([0.2, 0.3, 0.5], 900, 100)).tolist() == pytest.approx(
        [1.72, 0.60, 0.021], rel=2e-2
    )


def test_theorem_1_is_best_for_balanced_pseudo_labels() -> None:
    found = [confidence([0.3], n, 1000 - n).item() for n in range(50, 1000, 50)]
    assert found.index(max(found)) == found.index(confidence([0.3], 500, 500).item())


def test_theorem_1_estimates_from_samples() -> None:
    assert pseudo_labeled_midpoint(torch.tensor([1.0, 2.0]), torch.tensor([-1.0])).item() == 0.25


@pytest.mark.parametrize("wrong", [{"n_plus": 0}, {"n_minus": 0}, {"sigma": 0.0}])
def test_theorem_1_needs_samples_and_noise(wrong: dict) -> None:
    known = {"n_plus": 5, "n_minus": 5, "mu1": 1.0, "mu2": -1.0, "sigma": 1.0}
    with pytest.raises(InputError, match="samples on both sides and a sigma above 0"):
        midpoint_confidence(torch.ones(1), **{**known, **wrong})


def test_theorem_2_no_linear_classifier_is_good() -> None:
    grid = [
        linear_error(offset, norm, sigma1=1.3, beta=beta, p_plus=share)
        for offset in (1e-9, 0.1, 1.0, 10.0, 1e6)
        for norm in (0.1, 1.0, 30.0)
        for beta in (1.5, 6.0, 1e6)
        for share in (0.01, 0.2, 0.5)
    ]
    assert min(grid) >= 0.25
    assert min(grid) < 0.27, "the bound is nearly reached"


def test_theorem_2_is_the_error_of_samples() -> None:
    x = torch.randn(200_000, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    theta, offset = torch.tensor([0.6, -0.8], dtype=torch.float64), 0.7
    missed = (1.3 * x @ theta + offset < 0).double().mean()
    mistaken = (1.3 * math.sqrt(6.0) * x @ theta + offset > 0).double().mean()
    wanted = 0.2 * missed + 0.8 * mistaken
    found = linear_error(offset, 1.0, sigma1=1.3, beta=6.0, p_plus=0.2)
    assert found == pytest.approx(wanted.item(), abs=0.005)


def norm_errors(dim: int, trials: int = 4000) -> Tensor:
    """Exact error of each trial with 10 and 190 samples; sums of n chi-squares are drawn as such."""
    torch.manual_seed(0)
    means = [
        beta
        * torch.distributions.Chi2(torch.tensor(float(n * dim), dtype=torch.float64)).sample((trials,))
        / n
        for n, beta in ((10, 1.0), (190, 6.0))
    ]
    thresholds = (means[0] + means[1]) / 2
    known = {"dim": dim, "sigma1": 1.0, "beta": 6.0, "k1": 1.0, "k2": 0.0, "p_plus": 0.05}
    return torch.tensor([norm_error(threshold, **known) for threshold in thresholds.tolist()])


def test_theorem_3_errors_fall_with_the_dimension_and_keep_the_bound() -> None:
    deltas = torch.tensor([0.1, 0.2, 0.4, 0.6], dtype=torch.float64)
    means = []
    for dim in (10, 30, 100):
        errors = norm_errors(dim, 500)
        means.append(errors.mean().item())
        sure = norm_error_confidence(deltas, n_plus=10, n_minus=190, dim=dim)
        for bound, probability in zip(
            norm_error_bound(deltas, dim=dim, beta=6.0, p_plus=0.05), sure, strict=True
        ):
            kept = (errors <= bound).double().mean()
            assert kept >= probability - 4 * math.sqrt(0.25 / len(errors))
    assert means == pytest.approx([0.163, 0.0325, 2.7e-4], rel=0.03)
    assert sure[1].item() == pytest.approx(0.987, abs=1e-3)
    loose = norm_error_bound(deltas, dim=100, beta=6.0, p_plus=0.05)[1]
    assert loose.item() == pytest.approx(0.308, abs=1e-3)


def test_theorem_3_is_the_error_of_samples() -> None:
    generator = torch.Generator().manual_seed(0)
    plus = 1.3 * torch.randn(50_000, 8, generator=generator, dtype=torch.float64)
    minus = 1.3 * math.sqrt(6.0) * torch.randn(50_000, 8, generator=generator, dtype=torch.float64)
    threshold = norm_threshold(plus, minus, k1=0.7, k2=0.4)
    feature = [0.7 * x.square().sum(dim=1) + 0.4 for x in (plus, minus)]
    wanted = 0.1 * (feature[0] > threshold).double().mean() + 0.9 * (feature[1] < threshold).double().mean()
    found = norm_error(threshold.item(), dim=8, sigma1=1.3, beta=6.0, k1=0.7, k2=0.4, p_plus=0.1)
    assert found == pytest.approx(wanted.item(), abs=0.005)


def test_theorem_3_is_about_variances_that_differ_enough() -> None:
    with pytest.raises(InputError, match="a ratio of variances above 3, but 3 came"):
        norm_error_bound(torch.ones(1), dim=5, beta=3, p_plus=0.1)
