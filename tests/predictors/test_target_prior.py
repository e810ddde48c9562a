"""Scores for another class mix, against Bayes' rule."""

import math

import pytest
import torch
from torch.testing import assert_close

from counterpoise.classifiers import LinearClassifier
from counterpoise.errors import InputError
from counterpoise.predictors import LogitAdjusted, TargetPrior, prior_shift

ANSWERED = torch.tensor([0.7, 0.2, 0.1], dtype=torch.float64)
WANTED = torch.tensor([0.1, 0.3, 0.6], dtype=torch.float64)


def classifier() -> LinearClassifier:
    torch.manual_seed(0)
    return LinearClassifier(4, 3).double()


def features(rows: int = 7) -> torch.Tensor:
    return torch.randn(rows, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def test_probabilities_are_those_of_bayes_rule() -> None:
    inner = classifier()
    moved = TargetPrior(inner, answered=ANSWERED, wanted=WANTED).double()(features()).softmax(dim=1)
    for row, new in zip(inner(features()).softmax(dim=1).tolist(), moved.tolist(), strict=True):
        joint = [p * w / a for p, w, a in zip(row, WANTED.tolist(), ANSWERED.tolist(), strict=True)]
        assert new == pytest.approx([value / sum(joint) for value in joint], rel=1e-6)


def test_counts_will_do_and_the_same_prior_changes_nothing() -> None:
    assert_close(prior_shift(7 * ANSWERED, 3 * WANTED), prior_shift(ANSWERED, WANTED))
    assert prior_shift(torch.tensor([3, 2, 1]), torch.tensor([6, 4, 2])).tolist() == pytest.approx([0, 0, 0])


def test_there_and_back_is_where_it_began() -> None:
    there = TargetPrior(classifier(), answered=ANSWERED, wanted=WANTED)
    back = TargetPrior(there, answered=WANTED, wanted=ANSWERED).double()
    assert_close(back(features()), classifier()(features()), rtol=0, atol=1e-6)


def test_from_the_training_prior_to_uniform_is_post_hoc_logit_adjustment() -> None:
    counts, inner = torch.tensor([70, 20, 10]), classifier()
    moved = TargetPrior(inner, answered=counts, wanted=torch.ones(3)).double()(features())
    adjusted = LogitAdjusted(inner, counts)(features())
    assert_close(moved.softmax(dim=1), adjusted.softmax(dim=1), rtol=1e-5, atol=0)


def test_a_class_that_cannot_occur_is_never_named() -> None:
    moved = TargetPrior(classifier(), answered=ANSWERED, wanted=torch.tensor([0.0, 1, 1])).double()
    assert (moved(features())[:, 0] == -math.inf).all()
    assert moved(features()).softmax(dim=1)[:, 0].eq(0).all()
    unlearned = prior_shift(torch.tensor([0.0, 0.5, 0.5]), torch.ones(3))
    assert unlearned[0] == -math.inf
    assert unlearned[1:].isfinite().all()


@pytest.mark.parametrize("wanted", [[1.0, 1.0], [0.0, 0.0, 0.0], [1.0, -0.1, 1.0]])
def test_what_is_no_prior_is_refused(wanted: list[float]) -> None:
    with pytest.raises(InputError, match="a class prior must hold 3 weights from 0"):
        TargetPrior(classifier(), answered=ANSWERED, wanted=torch.tensor(wanted))
