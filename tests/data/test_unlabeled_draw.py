from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from counterpoise.counts import count_classes
from counterpoise.data.profiles import draw_long_tail, exponential_counts, relevant_counts, unlabeled_counts
from counterpoise.data.unlabeled_draw import draw_disjoint, draw_labeled_and_unlabeled
from counterpoise.errors import InputError

GOLDEN = Path(__file__).parents[1] / "golden" / "semi_self"


def shuffled_labels(counts: list[int], seed: int = 0) -> Tensor:
    labels = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))
    return labels[torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))]


def test_both_sets_are_those_of_the_released_code() -> None:
    vectors = np.load(GOLDEN / "subset_semi_pseudo.npz")
    given = (
        torch.from_numpy(vectors[name])
        for name in ("labels", "class_counts_wanted", "unlabeled_true_labels", "unlabeled_counts_wanted")
    )
    drawn = draw_labeled_and_unlabeled(*given, seed=0)
    produced = [*drawn.labeled.tolist(), *(drawn.unlabeled + 1000).tolist()]
    assert produced == vectors["selected_indices"].tolist()


def test_the_labeled_subset_is_that_of_the_supervised_baseline() -> None:
    source, pool = shuffled_labels([30, 20, 10]), shuffled_labels([50, 50, 50], seed=1)
    counts, more = torch.tensor([12, 5, 0]), torch.tensor([20, 10, 5])
    baseline = draw_long_tail(source, counts, seed=3)
    assert torch.equal(draw_labeled_and_unlabeled(source, counts, pool, more, seed=3).labeled, baseline)
    assert torch.equal(draw_disjoint(source, counts, more, seed=3).labeled, baseline)
    assert not torch.equal(draw_disjoint(source, counts, more, seed=4).labeled, baseline)


def test_what_the_pool_lacks_is_told() -> None:
    source, pool = shuffled_labels([5, 5, 5]), shuffled_labels([9, 2, 4])
    drawn = draw_labeled_and_unlabeled(source, torch.tensor([2, 1, 1]), pool, torch.tensor([6, 5, 4]))
    assert drawn.wanted.tolist() == [6, 5, 4]
    assert drawn.realised.tolist() == [6, 2, 4]
    assert count_classes(pool[drawn.unlabeled], 3).tolist() == [6, 2, 4]
    assert len(drawn.unlabeled.unique()) == len(drawn.unlabeled) == 12
    assert drawn.shortfall == (
        "the pool has fewer samples than wanted, so all of them were taken (class 1: 2 of 5); the unlabeled set has "
        "12 of 15 samples"
    )


def test_a_pool_that_has_enough_needs_no_words() -> None:
    source, pool = shuffled_labels([5, 5]), shuffled_labels([6, 6])
    drawn = draw_labeled_and_unlabeled(source, torch.tensor([2, 1]), pool, torch.tensor([6, 1]))
    assert drawn.realised.tolist() == [6, 1]
    assert drawn.shortfall == ""


def test_of_many_short_classes_five_are_named() -> None:
    source, pool = shuffled_labels([2] * 9), shuffled_labels([1] * 9)
    drawn = draw_labeled_and_unlabeled(source, torch.ones(9, dtype=torch.int64), pool, torch.full((9,), 2))
    assert drawn.shortfall.count(": 1 of 2") == 5
    assert "and 4 more classes" in drawn.shortfall


def test_no_sample_of_one_source_is_in_both_sets() -> None:
    source = shuffled_labels([40, 30, 20, 10])
    counts, more = exponential_counts(60, 4, 10), torch.tensor([20, 20, 20, 5])
    drawn = draw_disjoint(source, counts, more, seed=1)
    assert count_classes(source[drawn.labeled], 4).tolist() == counts.tolist()
    assert count_classes(source[drawn.unlabeled], 4).tolist() == drawn.realised.tolist()
    assert drawn.realised.tolist() == [20, 20, 17, 5]
    together = torch.cat([drawn.labeled, drawn.unlabeled])
    assert len(together.unique()) == len(together)


def test_the_rest_of_a_source_can_be_taken_whole() -> None:
    source = shuffled_labels([4, 3])
    drawn = draw_disjoint(source, torch.tensor([1, 3]), torch.tensor([3, 0]))
    assert sorted([*drawn.labeled.tolist(), *drawn.unlabeled.tolist()]) == list(range(7))
    assert drawn.realised.tolist() == [3, 0]


def test_irrelevant_samples_are_drawn_as_one_more_class() -> None:
    source = shuffled_labels([20, 20, 20])
    pool = torch.cat([shuffled_labels([60, 60, 60]), torch.full((100,), 3)])
    wanted = relevant_counts(100, 3, 4, relevance=0.6)
    drawn = draw_labeled_and_unlabeled(source, torch.tensor([8, 4, 2]), pool, wanted)
    assert drawn.realised.tolist() == wanted.tolist()
    assert int((drawn.unlabeled >= 180).sum()) == 40
    assert wanted[:3].tolist() == unlabeled_counts(60, 3, 4).tolist()


def test_samples_of_other_classes_stay_in_the_pool() -> None:
    pool = torch.tensor([0, 5, 1, 5, 0])
    drawn = draw_labeled_and_unlabeled(torch.tensor([0, 1]), torch.tensor([1, 1]), pool, torch.tensor([2, 1]))
    assert sorted(drawn.unlabeled.tolist()) == [0, 2, 4]


def test_too_few_labeled_samples_are_refused() -> None:
    source = shuffled_labels([5, 2])
    with pytest.raises(InputError, match="at least 3 samples of class 1, but it has 2"):
        draw_disjoint(source, torch.tensor([1, 3]), torch.tensor([1, 1]))
    with pytest.raises(InputError, match="for the same classes, but 2 and 3 came"):
        draw_disjoint(source, torch.tensor([1, 1]), torch.tensor([1, 1, 1]))
