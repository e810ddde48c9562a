import math
from functools import partial

import pytest
import torch

from counterpoise.classifiers.grouping import (
    check_groups,
    divided,
    length,
    shortened,
    split_groups,
    squashed,
    unit,
)
from counterpoise.errors import InputError


@pytest.mark.parametrize("groups", [1, 2, 3, 4, 6, 12])
def test_divisors_are_accepted(groups: int) -> None:
    check_groups(12, groups)


@pytest.mark.parametrize("groups", [5, 0, -2, 13])
def test_other_groups_are_refused_with_both_numbers(groups: int) -> None:
    with pytest.raises(InputError, match=rf"groups={groups} for 12 features; choose .* divisors of 12"):
        check_groups(12, groups)


def test_groups_are_contiguous() -> None:
    assert split_groups(torch.arange(6), 3).tolist() == [[0, 1], [2, 3], [4, 5]]
    assert split_groups(torch.zeros(4, 5, 6), 2).shape == (4, 5, 2, 3)


def test_lengths_and_maps_follow_their_formulas() -> None:
    vectors = torch.tensor([[3.0, 4.0], [0.0, -2.0]], dtype=torch.float64)
    assert length(vectors).tolist() == [[5.0], [2.0]]
    assert unit(vectors).tolist() == [[3 / 5, 4 / 5], [0.0, -1.0]]
    assert squashed(vectors).tolist() == [[3 / 6, 4 / 6], [0.0, -2 / 3]]


def test_division_by_zero_gives_zero() -> None:
    by = torch.tensor([2.0, 0.0], requires_grad=True)
    quotient = divided(torch.tensor([3.0, 3.0]), by)
    assert quotient.tolist() == [1.5, 0.0]
    (gradient,) = torch.autograd.grad(quotient.sum(), by)
    assert gradient.tolist() == [-0.75, 0.0]


@pytest.mark.parametrize(("normalizer", "slope"), [(unit, 0.0), (squashed, 1.0)])
def test_a_zero_vector_stays_zero_and_its_gradient_finite(normalizer, slope: float) -> None:
    vectors = torch.zeros(2, 3, dtype=torch.float64, requires_grad=True)
    mapped = normalizer(vectors)
    assert mapped.count_nonzero() == 0
    (gradient,) = torch.autograd.grad(mapped.sum(), vectors)
    assert torch.equal(gradient, torch.full((2, 3), slope, dtype=torch.float64))


@pytest.mark.parametrize("normalizer", [unit, squashed, partial(shortened, plus=1 / 32, scale=8)])
def test_gradients_are_those_of_the_formula(normalizer) -> None:
    vectors = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(normalizer, vectors)
    assert torch.autograd.gradgradcheck(normalizer, vectors)


def test_written_gradients_are_the_recorded_ones() -> None:
    vectors, slope = torch.randn(2, 5, 2, 7, dtype=torch.float64)
    vectors[0, 0] = 0
    vectors.requires_grad_()
    for plus in (0.0, 0.5):
        recorded, written = 3 * divided(vectors, length(vectors) + plus), shortened(vectors, plus, scale=3)
        torch.testing.assert_close(written, recorded)
        torch.testing.assert_close(*(torch.autograd.grad(y, vectors, slope)[0] for y in (written, recorded)))


def test_nothing_is_written_down_where_no_gradient_is_wanted() -> None:
    vectors = torch.randn(3, 4, requires_grad=True)
    with torch.no_grad():
        quiet = shortened(vectors, 0.5)
    assert quiet.grad_fn is None
    assert torch.equal(quiet, shortened(vectors, 0.5))


def test_long_vectors_are_squashed_below_one() -> None:
    assert 0.999 < length(squashed(torch.full((5,), 1e4))).item() < 1
    assert math.isclose(length(unit(torch.full((5,), 1e4))).item(), 1, rel_tol=1e-6)
