"""The class mix of unlabeled samples is found again from calibrated probabilities."""

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.predictors import estimated_prior

ANSWERED = torch.tensor([0.7, 0.2, 0.1])


def posteriors(rows: int, prior: Tensor, answered: Tensor) -> Tensor:
    """Samples of a class mix, and their true posteriors as they would be under the answered prior."""
    targets = torch.multinomial(prior, rows, replacement=True)
    seen = torch.randn(rows, 3, dtype=torch.float64) + 2 * torch.eye(3, dtype=torch.float64)[targets]
    return (2 * seen + answered.double().log()).softmax(dim=1)


@pytest.mark.parametrize("wanted", [[0.1, 0.3, 0.6], [1 / 3, 1 / 3, 1 / 3], [0.7, 0.2, 0.1], [0.0, 0.5, 0.5]])
def test_a_known_shift_is_found_again(wanted: list[float]) -> None:
    found = estimated_prior(posteriors(20_000, torch.tensor(wanted), ANSWERED), ANSWERED)
    assert found.dtype == torch.float64
    assert found.sum().item() == pytest.approx(1)
    assert found.tolist() == pytest.approx(wanted, abs=0.02)


def test_the_end_is_a_fixed_point_of_one_more_slow_step() -> None:
    probabilities = posteriors(400, torch.tensor([0.2, 0.2, 0.6]), ANSWERED)
    prior = estimated_prior(probabilities, ANSWERED, tolerance=1e-12, iterations=5000).tolist()
    step = [0.0] * 3
    for row in probabilities.tolist():
        moved = [p * q / a for p, q, a in zip(row, prior, ANSWERED.tolist(), strict=True)]
        step = [s + m / sum(moved) / 400 for s, m in zip(step, moved, strict=True)]
    assert step == pytest.approx(prior, abs=1e-8)


def test_one_iteration_is_the_mean_posterior() -> None:
    probabilities = posteriors(50, ANSWERED, ANSWERED)
    assert_close(
        estimated_prior(probabilities, ANSWERED, iterations=1), probabilities.mean(dim=0), rtol=1e-6, atol=0
    )


def test_probabilities_that_say_nothing_leave_the_prior() -> None:
    found = estimated_prior(ANSWERED.expand(20, 3), ANSWERED)
    assert_close(found, ANSWERED.double(), rtol=1e-6, atol=0)


def test_a_class_that_was_never_answered_for_stays_away() -> None:
    answered = torch.tensor([0.5, 0.5, 0.0])
    probabilities = torch.tensor([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0]])
    found = estimated_prior(probabilities, answered)
    assert found[2] == 0
    assert found.isfinite().all()


def test_a_sample_that_rules_out_every_class_of_the_prior_gives_numbers() -> None:
    certain = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert estimated_prior(certain, torch.ones(2)).tolist() == pytest.approx([2 / 3, 1 / 3])
