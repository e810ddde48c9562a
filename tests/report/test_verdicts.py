from dataclasses import replace

import numpy as np
import pytest

from counterpoise.report.significance import paired_difference
from counterpoise.report.spread import Spread
from counterpoise.report.verdicts import Verdict, image_weights, legend, precision_pieces, verdicts

BASELINE = "cross_entropy"


def test_the_better_ones_are_told_from_the_baseline_but_not_from_each_other(three_runs):
    found = verdicts(three_runs, "overall", BASELINE)
    assert [verdict.marks for verdict in found] == ["", "*", "="]
    assert found[0].to_baseline is None
    assert found[1].to_best is None
    assert found[1].to_baseline is not None
    assert found[1].to_baseline.mean == pytest.approx(found[1].spread.mean - found[0].spread.mean)
    assert found[2].to_baseline is not None
    assert found[2].to_baseline.low > 0.1


def test_what_equals_the_baseline_says_so(three_runs):
    rows = [three_runs[0], replace(three_runs[0], name="twin"), three_runs[1]]
    assert [verdict.marks for verdict in verdicts(rows, "few", BASELINE)] == ["", "~", "*"]


@pytest.mark.parametrize("score", ["many", "medium", "few", "overall", "balanced"])
def test_weights_make_the_accuracy_of_the_evaluation(score, three_runs):
    run = three_runs[1]
    weights = image_weights(run.evaluations[0], score, run.truth)
    assert weights is not None
    assert weights.sum() == pytest.approx(1)
    assert run.outcomes @ weights == pytest.approx([one[score] for one in run.evaluations])


def test_classes_of_a_group_weigh_the_same_whatever_their_size(make_evaluation):
    evaluation = make_evaluation(3) | {
        "shots": {"groups": {"many": [0, 1], "medium": [2], "few": []}, "rule": ""}
    }
    truth = np.array([0, 0, 0, 1])
    assert image_weights(evaluation, "many", truth) == pytest.approx([1 / 6, 1 / 6, 1 / 6, 1 / 2])
    assert image_weights(evaluation, "overall", truth) == pytest.approx([1 / 4] * 4)
    assert image_weights(evaluation, "medium", truth) is None
    assert image_weights(evaluation, "few", truth) is None


def test_pieces_make_the_precision_of_the_evaluation(three_runs):
    run, everyone = three_runs[1], np.ones(10, dtype=bool)
    sums = precision_pieces(run.named, run.truth, everyone).sum(axis=1)
    assert sums == pytest.approx(
        [one["precision"]["classes"]["overall"]["precision"] for one in run.evaluations]
    )
    few = np.arange(10) >= 7
    sums = precision_pieces(run.named, run.truth, few).sum(axis=1)
    assert sums == pytest.approx([one["precision"]["classes"]["few"]["precision"] for one in run.evaluations])


def test_each_image_counts_by_what_the_mean_precision_loses_without_it():
    named, truth = np.array([0, 0, 0, 1, 2]), np.array([0, 0, 1, 1, 0])

    def mean(kept):
        right = [truth[kept & (named == one)] == one for one in range(3)]
        return np.mean([one.mean() if len(one) else 0.0 for one in right])

    whole = np.ones(5, dtype=bool)
    lost = np.array([mean(whole) - mean(np.arange(5) != image) for image in range(5)])
    (pieces,) = precision_pieces(named[None], truth, np.ones(3, dtype=bool))
    assert pieces - pieces[4] == pytest.approx(lost - lost[4])
    assert pieces.sum() == pytest.approx(mean(whole))


def test_precisions_are_told_apart_by_the_same_rule(three_runs):
    found = verdicts(three_runs, "precision_overall", BASELINE)
    assert [verdict.marks for verdict in found] == ["", "*", "="]
    assert found[1].to_baseline is not None
    assert found[1].to_baseline.mean == pytest.approx(found[1].spread.mean - found[0].spread.mean)
    blind = [replace(run, named=None) for run in three_runs]
    assert [verdict.marks for verdict in verdicts(blind, "precision_few", BASELINE)] == ["", "", ""]


def test_equal_methods_with_rarely_named_classes_are_seldom_told_apart():
    chance, called = np.random.default_rng(0), 0
    truth, everyone = np.repeat(np.arange(10), 30), np.ones(10, dtype=bool)
    prior = np.log(np.geomspace(1, 0.02, 10))
    for _ in range(100):
        ease = chance.normal(0, 1, (300, 10)) + prior + 2 * np.eye(10)[truth]
        noise = chance.normal(0, 0.4, (2, 1, 300, 10)) + chance.normal(0, 0.5, (2, 1, 300, 10))
        ours, theirs = (precision_pieces(one, truth, everyone) for one in (ease + noise).argmax(axis=-1))
        called += paired_difference(ours, theirs).distinguishable
    assert called <= 8


def test_nothing_is_marked_where_nothing_can_be_judged(three_runs):
    blind = [replace(run, outcomes=None) for run in three_runs]
    unequal = [three_runs[0], replace(three_runs[1], outcomes=three_runs[1].outcomes[:2])]
    for runs in (blind, unequal, three_runs[:1]):
        assert [verdict.marks for verdict in verdicts(runs, "overall", BASELINE)] == [""] * len(runs)
        assert legend(runs, BASELINE) == []


def test_a_verdict_alone_has_no_mark():
    assert Verdict(Spread(0.5, None)).marks == ""


def test_the_legend_says_what_the_interval_covers(three_runs):
    assert "the same 3 seeds and the same 500 test images" in " ".join(legend(three_runs, BASELINE))
    assert f"~ not distinguishable from {BASELINE}" in legend(three_runs, BASELINE)[0]
    assert "~" not in legend(three_runs, None)[0]
    one = [replace(run, outcomes=run.outcomes[:1]) for run in three_runs]
    assert "not what another seed would give" in " ".join(legend(one, BASELINE))
    two = [replace(run, outcomes=run.outcomes[:2]) for run in three_runs]
    assert "Two seeds say little" in " ".join(legend(two, BASELINE))
