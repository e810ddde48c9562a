import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor

from counterpoise.bins import linear_edges, logarithmic_edges
from counterpoise.errors import InputError
from counterpoise.hierarchy import (
    checked_levels,
    distinct_levels,
    equal_length_split,
    equal_number_split,
    level_edges,
    level_labels,
    level_means,
    level_sizes,
    stacked,
    transition_matrix,
)


def halved(weights: list[float], num_levels: int) -> list[list[int]]:
    """The recursion on lists of bins, as the release has it on values."""
    segments, rows = [list(range(len(weights)))], []
    for _ in range(num_levels - 1):
        cut: list[list[int]] = []
        for segment in segments:
            filled = [i for i in segment if weights[i] > 0]
            if len(filled) < 2:
                cut.append(segment)
                continue
            running = np.cumsum([weights[i] for i in filled])
            place = np.clip(np.argmin(abs(running - running[-1] / 2)) + 1, 1, len(filled) - 1)
            begin = filled[place]
            cut += [[i for i in segment if i < begin], [i for i in segment if i >= begin]]
        segments = cut
        rows.append([next(k for k, s in enumerate(segments) if i in s) for i in range(len(weights))])
    return [*rows, list(range(len(weights)))]


def long_tail(seed: int, classes: int = 40) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    rates = 200 * torch.exp(-torch.arange(classes) / 6.0)
    return torch.poisson(rates, generator=generator)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("balance", [torch.clone, torch.sqrt])
def test_levels_are_those_of_a_loop(seed: int, balance) -> None:
    weights = balance(long_tail(seed).double())
    assert (weights == 0).any()
    assert equal_number_split(weights, 7).tolist() == halved(weights.tolist(), 7)


@pytest.mark.parametrize("seed", range(4))
def test_a_level_cuts_the_classes_of_the_one_before(seed: int) -> None:
    levels = equal_number_split(long_tail(seed), 7)
    checked_levels(levels)
    for coarse, fine in pairwise(levels):
        parents = {(int(f), int(c)) for f, c in zip(fine, coarse, strict=True)}
        assert len(parents) == int(fine.max()) + 1, "a class of a level lies in one of the level before"


@pytest.mark.parametrize("seed", range(4))
def test_every_class_of_a_coarse_level_has_weight(seed: int) -> None:
    weights = long_tail(seed)
    for level in equal_number_split(weights, 7)[:-1]:
        assert (torch.zeros(int(level.max()) + 1).index_add(0, level, weights) > 0).all()


def test_a_uniform_tail_is_halved_to_powers_of_two() -> None:
    assert level_sizes(equal_number_split(torch.ones(128), 8)) == [2, 4, 8, 16, 32, 64, 128, 128]


def test_the_first_of_equally_near_edges_is_taken() -> None:
    """Of weights 1, 2, 1 both inner edges are off by one."""
    assert equal_number_split(torch.tensor([1, 2, 1]), 2)[0].tolist() == [0, 1, 1]


def test_empty_bins_at_the_cut_go_to_the_left() -> None:
    assert equal_number_split(torch.tensor([0, 3, 0, 0, 3, 0]), 2)[0].tolist() == [0, 0, 0, 0, 1, 1]


def test_a_dominant_bin_is_isolated_and_then_carried_on() -> None:
    levels = equal_number_split(torch.tensor([3, 0, 500, 10, 4, 0, 0, 7, 1, 1]), 5)
    assert level_sizes(levels) == [2, 4, 5, 6, 10]
    alone = levels[1] == levels[1][2]
    assert alone.nonzero().flatten().tolist() == [2]


def test_one_bin_of_weight_is_never_cut() -> None:
    levels = equal_number_split(torch.tensor([0, 0, 9, 0]), 4)
    assert level_sizes(levels) == [1, 1, 1, 4]
    assert distinct_levels(levels).tolist() == [[0, 1, 2, 3]]


def test_more_levels_than_bins_repeat_themselves_until_they_are_dropped() -> None:
    levels = equal_number_split(torch.ones(3), 6)
    assert level_sizes(levels) == [2, 3, 3, 3, 3, 3]
    assert level_sizes(distinct_levels(levels)) == [2, 3]


def test_one_level_is_the_finest() -> None:
    assert equal_number_split(torch.ones(3), 1).tolist() == [[0, 1, 2]]


def test_only_ratios_of_weights_matter() -> None:
    weights = long_tail(0)
    assert torch.equal(equal_number_split(weights, 6), equal_number_split(8 * weights, 6))


def test_equal_length_halves_the_range() -> None:
    levels = equal_length_split(linear_edges(0, 8, 8), 4)
    assert [level.tolist() for level in levels[:2]] == [[0, 0, 0, 0, 1, 1, 1, 1], [0, 0, 1, 1, 2, 2, 3, 3]]
    assert torch.equal(levels[2], levels[3])


def test_equal_length_takes_the_lower_of_equally_near_edges() -> None:
    assert equal_length_split(linear_edges(0, 3, 3), 2)[0].tolist() == [0, 1, 1]


def test_equal_length_is_measured_in_the_unit_of_the_edges() -> None:
    edges = logarithmic_edges(1, 256, 8)
    assert equal_length_split(edges, 2)[0].tolist() == [0] * 7 + [1]
    assert equal_length_split(edges.log(), 2)[0].tolist() == [0] * 4 + [1] * 4


def test_an_equal_length_class_is_never_empty() -> None:
    levels = equal_length_split(logarithmic_edges(1, 1e6, 10), 7)
    assert torch.equal(checked_levels(levels), levels)
    assert level_sizes(levels)[:3] == [2, 3, 4]


def test_a_transition_matrix_says_which_fine_classes_a_coarse_one_holds() -> None:
    level = torch.tensor([0, 0, 1, 2, 2, 2])
    wanted = [[float(level[u] == v) for u in range(6)] for v in range(3)]
    assert transition_matrix(level).tolist() == wanted


def test_edges_of_a_level_are_edges_of_the_finest() -> None:
    edges = torch.tensor([0.0, 1.0, 3.0, 4.0, 9.0])
    assert level_edges(edges, torch.tensor([0, 0, 1, 2])).tolist() == [0, 3, 4, 9]
    assert level_edges(edges, torch.zeros(4, dtype=torch.int64)).tolist() == [0, 9]


def test_means_of_a_level_are_those_of_its_values() -> None:
    values, edges = torch.tensor([0.5, 0.5, 1.5, 3.5], dtype=torch.float64), linear_edges(0, 4, 4)
    levels = torch.tensor([[0, 0, 1, 1], [0, 1, 2, 3]])
    assert level_means(values, edges, levels).tolist() == pytest.approx([2.5 / 3, 3.5, 0.5, 1.5, 2.5, 3.5])


def test_stacked_places_follow_level_after_level() -> None:
    levels = torch.tensor([[0, 0, 1, 1], [0, 1, 2, 2], [0, 1, 2, 3]])
    assert stacked(levels).tolist() == [0, 0, 1, 1, 2, 3, 4, 4, 5, 6, 7, 8]


def test_labels_of_a_level_are_those_of_the_transition_matrix() -> None:
    levels = equal_number_split(long_tail(1), 5)
    labels = torch.rand(7, 40, dtype=torch.float64).softmax(dim=1)
    wanted = torch.cat([labels @ transition_matrix(level).double().T for level in levels], dim=1)
    torch.testing.assert_close(level_labels(labels, levels), wanted, rtol=1e-12, atol=0)


@pytest.mark.parametrize("weights", [[0.0, 0.0], [1.0, -1.0], [1.0, math.inf], [[1.0]], []])
def test_weights_that_are_none_are_refused(weights: list) -> None:
    with pytest.raises(InputError, match=r"weights must be .* training samples of each bin"):
        equal_number_split(torch.tensor(weights), 3)


def test_a_hierarchy_without_levels_is_refused() -> None:
    with pytest.raises(InputError, match="one level or more, but 0 came"):
        equal_number_split(torch.ones(3), 0)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[1, 1, 2], [0, 1, 2]], "begin with 0"),
        ([[0, 2, 2], [0, 1, 2]], "rise by 0 or 1"),
        ([[0, 1, 0], [0, 1, 2]], "rise by 0 or 1"),
        ([[0.0, 1.0]], "whole numbers"),
        ([0, 1, 2], "must be \\(H, C\\)"),
        ([[0, 1, 2], [0, 0, 1]], "last row of levels must be the finest"),
        ([[0]], "two classes or more"),
    ],
)
def test_what_is_no_hierarchy_is_refused(rows: list, message: str) -> None:
    with pytest.raises(InputError, match=message):
        checked_levels(torch.tensor(rows))
