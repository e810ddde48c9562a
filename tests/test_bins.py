import math

import pytest
import torch

from counterpoise.bins import (
    checked_edges,
    class_means,
    class_of,
    enclosing_midpoints,
    integer_edges,
    linear_edges,
    logarithmic_edges,
    midpoints,
    quantile_edges,
    with_zero_class,
    with_zero_first,
)
from counterpoise.errors import InputError


def test_linear_edges_are_equally_far_apart() -> None:
    assert linear_edges(-1, 2, 6).tolist() == pytest.approx([-1, -0.5, 0, 0.5, 1, 1.5, 2])


def test_logarithmic_edges_grow_by_one_factor_and_end_where_they_should() -> None:
    edges = logarithmic_edges(0.7, 10, 100)
    factors = edges[1:] / edges[:-1]
    assert factors.tolist() == pytest.approx([(10 / 0.7) ** 0.01] * 100)
    assert (edges[0].item(), edges[-1].item()) == (0.7, 10.0)


def test_ages_have_a_class_each_and_are_its_midpoint() -> None:
    edges, ages = integer_edges(0, 120), torch.arange(121)
    assert len(edges) == 122
    assert torch.equal(class_of(ages, edges), ages)
    assert torch.equal(midpoints(edges), ages.double())


def test_one_age_is_one_class() -> None:
    assert integer_edges(7, 7).tolist() == [6.5, 7.5]


def test_quantile_classes_hold_equally_many_values() -> None:
    values = torch.randn(1200) ** 3
    counts = torch.bincount(class_of(values, quantile_edges(values, 6)))
    assert counts.tolist() == pytest.approx([200] * 6, abs=1)


def test_quantile_edges_are_those_of_torch() -> None:
    values = torch.rand(57, dtype=torch.float64)
    wanted = torch.quantile(values, torch.linspace(0, 1, 9, dtype=torch.float64))
    assert quantile_edges(values, 8).tolist() == pytest.approx(wanted.tolist(), rel=1e-12)


def test_equal_values_merge_quantile_classes() -> None:
    edges = quantile_edges(torch.tensor([0.0] * 90 + [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), 10)
    assert len(edges) < 11
    assert (edges.diff() > 0).all()


def test_the_class_of_a_value_is_the_number_of_inner_edges_that_are_not_above_it() -> None:
    edges = torch.tensor([0.0, 0.5, 1.0, 4.0], dtype=torch.float64)
    values = torch.tensor([[-9.0, 0.0, 0.49], [0.5, 0.75, 1.0], [3.9, 4.0, 99.0]])
    wanted = [[sum(e <= v for e in (0.5, 1.0)) for v in row] for row in values.tolist()]
    classes = class_of(values, edges)
    assert classes.tolist() == wanted == [[0, 0, 0], [1, 1, 2], [2, 2, 2]]
    assert classes.dtype == torch.int64


def test_single_precision_labels_are_read_as_they_are() -> None:
    """0.6 is a little more in float32, and a little less than 6 tenths of the edges in float64."""
    edges = torch.arange(0, 51, dtype=torch.float64) * 0.1
    assert class_of(torch.tensor([0.6]), edges).item() == 6
    assert class_of(torch.tensor([0.6], dtype=torch.float64), edges).item() == 5


def test_means_are_those_of_a_loop_and_empty_classes_have_their_midpoint() -> None:
    edges, values = linear_edges(0, 8, 8), torch.rand(40, dtype=torch.float64) * 5
    values[values.long() == 2] = 3.5
    wanted = []
    for low in range(8):
        inside = [v for v in values.tolist() if low <= v < low + 1]
        wanted.append(sum(inside) / len(inside) if inside else low + 0.5)
    assert class_means(values, edges).tolist() == pytest.approx(wanted, rel=1e-12)
    assert wanted[2] == 2.5
    assert wanted[7] == 7.5


def test_a_mean_lies_in_its_own_class() -> None:
    edges = logarithmic_edges(0.01, 30, 12)
    means = class_means(torch.rand(500) * 30, edges)
    assert torch.equal(class_of(means, edges), torch.arange(12))


def test_the_class_of_zero_comes_first_and_means_nothing() -> None:
    edges = with_zero_class(logarithmic_edges(0.005, 22, 19))
    assert len(edges) == 21
    assert class_of(torch.tensor([0.0, 0.0049, 0.005], dtype=torch.float64), edges).tolist() == [0, 0, 1]
    means = with_zero_first(class_means(torch.tensor([0.002, 22.0]), edges))
    assert means[0] == 0
    assert means[-1] == 22


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: linear_edges(0, 1, 0), "one class or more .* 0 classes"),
        (lambda: linear_edges(1, 1, 3), "from 1 to 1 came"),
        (lambda: linear_edges(math.nan, 1, 3), "from nan to 1 came"),
        (lambda: logarithmic_edges(0, 1, 3), "begin above 0, but 0 came"),
        (lambda: integer_edges(3, 1), "from 2.5 to 1.5 came"),
        (lambda: quantile_edges(torch.ones(4), 3), "3 classes and 1 different values"),
        (lambda: quantile_edges(torch.empty(0), 3), "0 different values"),
        (lambda: class_of(torch.tensor([math.nan]), linear_edges(0, 1, 2)), "nan came"),
        (lambda: with_zero_class(linear_edges(0, 1, 2)), "rising numbers"),
        (lambda: checked_edges(torch.tensor([1.0])), "rising numbers"),
        (lambda: checked_edges(torch.tensor([0.0, math.nan, 1.0])), "rising numbers"),
    ],
)
def test_what_is_no_binning_is_refused(make, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()


def test_the_outermost_filled_classes_reach_to_all_values() -> None:
    edges = linear_edges(0, 10, 5)
    assert enclosing_midpoints(torch.tensor([2.5, 5.0, 7.9]), edges).tolist() == pytest.approx(
        [1, 2.5, 5, 7.9, 9]
    )
    assert enclosing_midpoints(torch.tensor([1.0, 9.0]), edges).tolist() == midpoints(edges).tolist()
    assert enclosing_midpoints(torch.arange(4), integer_edges(0, 3)).tolist() == [0, 1, 2, 3]
