from dataclasses import replace

import numpy as np
import pytest

from counterpoise.report.spread import Spread
from counterpoise.report.verdicts import Verdict, image_weights, legend, verdicts

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
