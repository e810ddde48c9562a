"""Figures and tables of runs on a continuous target."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from counterpoise.report import write_report
from counterpoise.report.compared import ComparedRun, read_compared, score_names
from counterpoise.report.comparison_figures import trade_off
from counterpoise.report.comparison_page import write_comparison
from counterpoise.report.regression_figures import error_curve, predicted_against_true, shot_rows
from counterpoise.report.table import class_table, shots_table
from counterpoise.report.verdicts import image_weights, verdicts

EDGES = [0.5, 1.5, 2.5, 3.5, 4.5]
TRUTH = np.repeat([1.0, 2.0, 3.0, 4.0], [40, 20, 10, 5])


def evaluation_with(errors: np.ndarray) -> dict:
    """What a run with these errors of its samples has measured; the third bin is the rarest in training."""
    per_bin = [float(errors[value == TRUTH].mean()) for value in (1, 2, 3, 4)]
    scores = {"many": per_bin[0], "medium": per_bin[1], "few": (per_bin[2] + per_bin[3]) / 2}
    mae, balanced = float(errors.mean()), float(np.mean(per_bin))
    return {
        "split": "test",
        "samples": len(TRUTH),
        "metric": "balanced mean absolute error",
        "better": "lower",
        "target": "age",
        "overall": balanced,
        "balanced": balanced,
        **scores,
        "mae": mae,
        "rmse": 2 * mae,
        "gmean": mae / 2,
        "pearson": None,
        "balanced_mae": balanced,
        "by_shot": {
            name: {"samples": 5, "balanced_mae": s, "mae": s, "rmse": s, "gmean": s, "pearson": 0.25}
            for name, s in scores.items()
        },
        "per_class": per_bin,
        "shots": {"rule": "a rule", "groups": {"many": [0], "medium": [1], "few": [2, 3]}},
        "class_names": ["1", "2", "3", "4"],
        "class_counts": [400, 50, 0, 7],
        "test_counts": [40, 20, 10, 5],
        "edges": EDGES,
        "points": {"target": [1.0, 2.0, 4.0], "prediction": [1.5, None, 2.0]},
        "choices": [],
    }


@pytest.fixture
def runs() -> list[ComparedRun]:
    """Two runs of three seeds, of which the second errs less on rare targets and more on frequent ones."""
    chance, skills, found = np.random.default_rng(0), {"plain": (1.0, 4.0), "remedy": (1.4, 2.0)}, []
    for name, (frequent, rare) in skills.items():
        errors = np.where(TRUTH < 3, frequent, rare) + chance.normal(0, 0.1, (3, len(TRUTH)))
        evaluations = [evaluation_with(one) for one in errors]
        found.append(ComparedRun(name, evaluations, outcomes=errors, truth=TRUTH.astype(int) - 1))
    return found


def test_the_page_shows_errors_without_percent(runs, make_folder, read_page) -> None:
    evaluation = runs[0].evaluations[0]
    page = read_page(write_report(make_folder(evaluation)))
    assert {"error-curve", "predicted", "group-bars"} <= page.figures.keys()
    assert "class-curve" not in page.figures
    assert "4 bins" in page.text
    assert f"Overall {evaluation['overall']:.2f} MAE {evaluation['mae']:.2f}" in page.text
    assert " %" not in page.text.partition("Training Loss")[0].partition("How to repeat it")[0]


def test_the_page_shows_levels_and_intervals_where_there_are_any(runs, make_folder, read_page) -> None:
    by_group = {name: [3.0, 2.0] for name in ("overall", "many", "medium", "few")}
    ends = {"classes": [2, 4], "inconsistency": [0.5, 0.0], "peak": [0.9, 0.7]}
    held = {name: [0.25, 0.75] for name in by_group}
    measured = {
        "levels": {**ends, "own": by_group, "within": by_group},
        "intervals": {"nominal": [0.5, 0.9], "coverage": held, "width": by_group},
    }
    without = runs[0].evaluations[0] | dict.fromkeys(measured)
    page = read_page(write_report(make_folder(without)))
    assert not {"level-errors", "level-agreement", "coverage"} & page.figures.keys()
    page = read_page(write_report(make_folder(without | measured)))
    assert {"level-errors", "level-agreement", "coverage"} <= page.figures.keys()
    assert "In 50 % Width In 90 % Width Overall 25.0 3.00 75.0 2.00 Many" in page.text


def test_errors_stand_over_the_density_of_training(runs) -> None:
    bars, line = error_curve(runs[0].evaluations[0]).data
    assert list(bars.y) == [400, 50, 0, 7]
    assert list(bars.x) == list(line.x) == [1, 2, 3, 4]
    assert list(line.y) == pytest.approx(runs[0].evaluations[0]["per_class"], abs=1e-3)
    assert bars.yaxis == "y2"


def test_points_have_the_colour_of_the_group_of_their_true_value(runs) -> None:
    _, points = predicted_against_true(runs[0].evaluations[0]).data
    assert list(points.marker.color) == ["var(--many)", "var(--medium)", "var(--few)"]
    assert list(points.y) == [1.5, None, 2.0]


def test_groups_follow_the_whole(runs) -> None:
    assert [name for name, _ in shot_rows(runs[0].evaluations[0])] == ["overall", "many", "medium", "few"]


def test_tables_keep_the_order_of_the_values(runs) -> None:
    evaluation = runs[0].evaluations[0]
    assert [str(cell) for cell in class_table(evaluation).columns[0].cells] == ["1", "2", "3", "4"]
    assert "in units of age; lower is better" in str(shots_table({"x": [evaluation]}).caption)


def test_the_lower_error_is_the_better_one(runs) -> None:
    assert score_names(runs) == ("many", "medium", "few", "overall", "mae")
    assert [verdict.marks for verdict in verdicts(runs, "many", "plain")] == ["*", ""]
    assert [verdict.marks for verdict in verdicts(runs, "few", "plain")] == ["", "*"]
    few = verdicts(runs, "few", "plain")[1].to_baseline
    assert few is not None
    assert few.mean == pytest.approx(-2, abs=0.1)
    assert few.high < 0


@pytest.mark.parametrize("score", ["many", "few", "overall", "mae"])
def test_the_weights_of_samples_give_the_score(score: str, runs) -> None:
    run = runs[0]
    weights = image_weights(run.evaluations[0], score, run.truth)
    assert run.outcomes @ weights == pytest.approx([one[score] for one in run.evaluations])


def test_no_run_of_the_front_is_beaten_in_both_errors(runs) -> None:
    worse = replace(runs[0], name="worse", evaluations=[evaluation_with(np.where(TRUTH < 3, 2.0, 5.0))] * 3)
    figure = trade_off([*runs, worse])
    assert figure is not None
    assert len(figure.data[0].x) == 2
    assert [trace.text[0] for trace in figure.data[1:]] == ["plain", "remedy", ""]


def test_a_comparison_is_written(runs, tmp_path, read_page) -> None:
    page = read_page(write_comparison("x", runs, tmp_path / "page.html", baseline="plain"))
    assert "Balanced mean absolute error by group" in page.text
    assert "further down and further left is better" in page.text
    assert "MAE" in page.text


def test_outcomes_are_read_from_predictions(tmp_path) -> None:
    errors = np.linspace(0.0, 1.0, len(TRUTH))
    (tmp_path / "evaluation.json").write_text(json.dumps(evaluation_with(errors)))
    (tmp_path / "run.json").write_text(json.dumps({"calls": [{"word": "regression"}]}))
    rows = [f"x.csv:{line}" for line in range(len(TRUTH))]
    table = pd.DataFrame({"row": rows, "prediction": TRUTH - errors, "target": TRUTH})
    table.to_parquet(tmp_path / "predictions.parquet")
    run = read_compared("plain", [tmp_path])
    assert run.outcomes is not None
    assert run.outcomes[0] == pytest.approx(errors)
    assert run.truth is not None
    assert run.truth.tolist() == (TRUTH - 1).tolist()


def test_a_published_error_stands_beside_ours(runs, make_folder, read_page) -> None:
    claim = {"table": "T", "row": "R", "data": "AgeDB-DIR", "metric": "bMAE", "value": 9.72}
    evaluation = runs[0].evaluations[0]
    facts = {"name": "agedb_dir", "class_names": ["1"], "class_counts": [3, 0]}
    folder = make_folder(evaluation, claim=[claim], facts=facts)
    ours = evaluation["overall"]
    gap = f"{ours - 9.72:+.2f}".replace("-", "−")
    assert f"bMAE 9.72 {ours:.2f} {gap}" in read_page(write_report(folder)).text
