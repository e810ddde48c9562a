"""Bins of a continuous target."""

import pytest
import torch

from counterpoise.data.target import Target, target_of
from counterpoise.errors import InputError


def test_whole_numbers_get_one_bin_each() -> None:
    found = target_of("age", torch.tensor([3.0, 7, 4, 4]))
    assert found.bin_names == ("3", "4", "5", "6", "7")
    assert found.classes(torch.tensor([3.0, 7, 4.4, 90, -5])).tolist() == [0, 4, 1, 4, 0]
    assert (found.mean, found.std) == pytest.approx((4.5, 3**0.5))


def test_negative_whole_numbers_keep_their_names() -> None:
    assert target_of("t", torch.tensor([-2.0, 1])).bin_names == ("-2", "-1", "0", "1")


@pytest.mark.parametrize(("samples", "bins"), [(40, 10), (305, 30), (5000, 100)])
def test_other_numbers_get_equal_bins_by_the_number_of_samples(samples: int, bins: int) -> None:
    found = target_of("t", torch.linspace(0, 1.05, samples))
    assert len(found.bin_names) == len(found.edges) - 1 == bins
    widths = torch.tensor(found.edges).diff()
    assert widths.tolist() == pytest.approx([1.05 / bins] * bins, rel=1e-3)


def test_whole_numbers_far_apart_get_equal_bins() -> None:
    assert len(target_of("price", torch.tensor([1.0, 200])).bin_names) == 200
    assert len(target_of("price", torch.tensor([1.0, 201])).bin_names) == 10


def test_a_number_on_an_edge_lies_above_it_in_its_own_precision() -> None:
    found = target_of("t", torch.tensor([0.0, 2.0]), bins="linear", num_bins=10)
    values = torch.tensor([0.2 * step for step in range(10)])
    assert found.classes(values).tolist() == list(range(10))


def test_names_have_as_many_digits_as_tell_edges_apart() -> None:
    found = target_of("t", torch.tensor([1000.0, 1000.5]), bins="linear", num_bins=2)
    assert found.bin_names == ("1000 .. 1000.2", "1000.2 .. 1000.5")
    assert target_of("t", torch.tensor([12.5, 13.5]), bins="linear", num_bins=2).bin_names == (
        "12.5 .. 13",
        "13 .. 13.5",
    )


def test_logarithmic_bins_widen_and_have_one_for_zero() -> None:
    positive = target_of("t", torch.tensor([0.1, 10]), bins="log", num_bins=2)
    assert positive.edges == pytest.approx((0.1, 1, 10))
    zero = target_of("t", torch.tensor([0.0, 0.1, 10]), bins="log", num_bins=3)
    assert zero.edges == pytest.approx((0, 0.1, 1, 10))


def test_quantile_bins_hold_equally_many() -> None:
    values = torch.rand(90) ** 3
    found = target_of("t", values, bins="quantile", num_bins=9)
    assert torch.bincount(found.classes(values)).tolist() == [10] * 9


@pytest.mark.parametrize(
    ("values", "options", "reason"),
    [
        ([2.0, 2.0], {}, "expected a target that varies, but 't' is 2 in all 2 training samples"),
        ([1.5, 2.0], {"bins": "integer"}, "'t' has fractions"),
        ([1.0, 2.0], {"bins": "integer", "num_bins": 4}, "--num-bins 4 came too"),
        ([-1.0, 2.0], {"bins": "log"}, "needs targets from 0, but 't' has -1"),
        ([0.0, 2.0], {"bins": "log"}, "two different targets above 0"),
    ],
)
def test_what_makes_no_bins_is_refused(values: list[float], options: dict, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        target_of("t", torch.tensor(values), **options)


def test_edges_come_back_as_a_tensor() -> None:
    found = Target("t", (0.0, 1.0, 2.5), 1.0, 0.5)
    assert found.edge_tensor.dtype == torch.float64
    assert found.edge_tensor.tolist() == [0, 1, 2.5]
