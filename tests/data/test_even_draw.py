"""A few samples of every class."""

import pytest
import torch

from counterpoise.data.even_draw import draw_evenly, occurrences
from counterpoise.errors import InputError

TARGETS = torch.tensor([0] * 50 + [1] * 6 + [3] * 2)[
    torch.randperm(58, generator=torch.Generator().manual_seed(0))
]


def test_occurrences_number_the_samples_of_each_class() -> None:
    assert occurrences(torch.tensor([2, 0, 2, 2, 0])).tolist() == [0, 0, 1, 2, 1]


@pytest.mark.parametrize(("most", "counts"), [(6, [2, 2, 0, 2]), (14, [6, 6, 0, 2]), (20, [12, 6, 0, 2])])
def test_rare_classes_give_all_and_the_others_as_many(most: int, counts: list[int]) -> None:
    drawn = draw_evenly(TARGETS, most)
    assert torch.bincount(TARGETS[drawn], minlength=4).tolist() == counts
    assert torch.equal(drawn, drawn.unique()), "ascending, each once"


def test_a_last_round_may_be_incomplete() -> None:
    counts = torch.bincount(TARGETS[draw_evenly(TARGETS, 8)], minlength=4).tolist()
    assert (counts[0], counts[1], counts[3]) == (3, 3, 2)
    assert sorted(torch.bincount(TARGETS[draw_evenly(TARGETS, 5)], minlength=4).tolist()) == [0, 1, 2, 2]


def test_all_are_taken_where_there_are_no_more() -> None:
    assert torch.equal(draw_evenly(TARGETS, 1000), torch.arange(58))
    assert draw_evenly(TARGETS[:0], 5).tolist() == []


def test_the_seed_decides() -> None:
    assert torch.equal(draw_evenly(TARGETS, 9, seed=1), draw_evenly(TARGETS, 9, seed=1))
    assert not torch.equal(draw_evenly(TARGETS, 9, seed=1), draw_evenly(TARGETS, 9, seed=2))


def test_nothing_cannot_be_drawn() -> None:
    with pytest.raises(InputError, match="at least 1 sample, but 0 came"):
        draw_evenly(TARGETS, 0)
