import json

import numpy as np
import pandas as pd
import pytest

from counterpoise.errors import InputError
from counterpoise.report import ComparedRun, read_compared
from counterpoise.report.compared import (
    MOST_ATTRIBUTES,
    attribute_values,
    precision_names,
    score_names,
    shown_attributes,
)
from counterpoise.training.cost import Cost, write_cost


@pytest.fixture
def make_seeds(make_evaluation, tmp_path):
    """Run folders of one method, of which seed s has the first s + 1 images right."""

    def make(seeds=2, images=4):
        folders = [tmp_path / f"seed{seed}" for seed in range(seeds)]
        for seed, folder in enumerate(folders):
            folder.mkdir()
            (folder / "evaluation.json").write_text(json.dumps(make_evaluation(3, shift=seed / 10)))
            (folder / "run.json").write_text(json.dumps({"calls": [{"word": "cosine", "arguments": {}}]}))
            target = [f"class 00{number % 3}" for number in range(images)]
            wrong = [f"class 00{(number + 1) % 3}" for number in range(images)]
            label = target[: seed + 1] + wrong[seed + 1 :]
            path = [f"test/{number}" for number in range(images)]
            table = pd.DataFrame({"path": path, "label": label, "probability": 0.5, "target": target})
            table.to_parquet(folder / "predictions.parquet")
            (folder / "timing.csv").write_text("stage,epoch,seconds\nmain,1,2.0\nmain,2,3.0\n")
        return folders

    return make


def test_a_method_is_read_from_its_folders(make_seeds):
    folders = make_seeds()
    write_cost(folders[0], 100, 0.5)
    run = read_compared("cosine", folders, "counterpoise train cosine")
    assert run.outcomes is not None
    assert run.outcomes.tolist() == [[True, False, False, False], [True, True, False, False]]
    assert run.truth is not None
    assert run.truth.tolist() == [0, 1, 2, 0]
    assert run.named is not None
    assert run.named.tolist() == [[0, 2, 0, 1], [0, 1, 0, 1]]
    assert run.costs == [Cost(5.0, 100, 0.5), Cost(5.0, None, None)]
    assert run.cost() == Cost(5.0, 100, 0.5)
    assert (run.calls, run.command) == ([{"word": "cosine", "arguments": {}}], "counterpoise train cosine")
    values = [one["few"] for one in run.evaluations]
    assert run.score("few").mean == pytest.approx(np.mean(values))
    assert run.score("few").deviation == pytest.approx(np.std(values, ddof=1))
    assert [one.mean for one in run.per_class()] == pytest.approx(
        np.mean([one["per_class"] for one in run.evaluations], axis=0)
    )


def test_runs_on_other_images_are_refused(make_seeds):
    folders = make_seeds()
    table = pd.read_parquet(folders[1] / "predictions.parquet")
    table[::-1].to_parquet(folders[1] / "predictions.parquet")
    with pytest.raises(InputError, match="on the same images, but they differ"):
        read_compared("cosine", folders)


def test_a_missing_file_is_named(make_seeds):
    folders = make_seeds()
    (folders[1] / "predictions.parquet").unlink()
    with pytest.raises(InputError, match=r"cannot read .*seed1/predictions.parquet"):
        read_compared("cosine", folders)


def test_without_costs_none_is_known(make_evaluation):
    assert ComparedRun("x", [make_evaluation()]).cost() == Cost()


def test_the_balanced_mean_is_shown_where_it_is_another(make_evaluation):
    even, empty, uneven = ({"test_counts": counts} for counts in ([5, 5, 5], [5, 0, 5], [5, 4, 5]))
    runs = [ComparedRun("x", [make_evaluation(3) | counts]) for counts in (even, empty, uneven)]
    assert score_names(runs[:2]) == ("many", "medium", "few", "overall")
    assert score_names(runs[2:]) == ("many", "medium", "few", "overall", "balanced")


def test_precision_is_compared_where_every_run_has_it(three_runs, make_evaluation):
    assert precision_names(three_runs)[-1] == "precision_overall"
    assert attribute_values(three_runs) == ["dark", "light"]
    run = three_runs[0]
    found = [one["precision"]["classes"]["few"]["precision"] for one in run.evaluations]
    assert run.score("precision_few").mean == pytest.approx(np.mean(found))
    dark = [one["precision"]["attributes"]["dark"]["accuracy"] for one in run.evaluations]
    assert run.attribute("dark", "accuracy").deviation == pytest.approx(np.std(dark, ddof=1))
    without = [*three_runs, ComparedRun("sigmoid", [make_evaluation()])]
    assert (precision_names(without), attribute_values(without)) == ((), [])


def test_attributes_are_shown_all_or_not_at_all(make_evaluation):
    def run(count):
        own = {"samples": 1, "accuracy": 1.0, "precision": 1.0}
        found = {"classes": {}, "attributes": {str(value): own for value in range(count)}}
        return [ComparedRun("x", [make_evaluation() | {"precision": found}])]

    assert len(shown_attributes(run(MOST_ATTRIBUTES))) == MOST_ATTRIBUTES
    assert shown_attributes(run(MOST_ATTRIBUTES + 1)) == []
    assert len(attribute_values(run(MOST_ATTRIBUTES + 1))) == MOST_ATTRIBUTES + 1


def test_a_run_is_read_from_where_it_was_measured(make_seeds):
    folders = make_seeds()
    for folder in folders:
        (folder / "measured-x").mkdir()
        for name in ("evaluation.json", "predictions.parquet"):
            (folder / name).rename(folder / "measured-x" / name)
    run = read_compared("cosine", folders, measured="measured-x")
    assert (run.place, list(run.folders)) == ("measured-x", folders)
    assert len(run.evaluations) == 2


def test_the_mean_over_classes_of_a_detector_is_its_overall_score(make_detection):
    runs = [ComparedRun("x", [make_detection() | {"test_counts": list(range(10))}])]
    assert score_names(runs) == ("many", "medium", "few", "overall")


@pytest.mark.parametrize("same", [True, False])
def test_detectors_are_compared_where_the_same_objects_are_there(same, make_detection, tmp_path):
    folders = [tmp_path / "0", tmp_path / "1"]
    for seed, folder in enumerate(folders):
        folder.mkdir()
        there = {} if same else {"test_counts": [100 + seed] * 10}
        (folder / "evaluation.json").write_text(json.dumps(make_detection() | there))
        (folder / "run.json").write_text(json.dumps({"calls": [{"word": "x", "arguments": {}}]}))
        table = pd.DataFrame({"path": [f"{seed}.png"] * (seed + 1), "label": "class 000", "score": 0.5})
        table.to_parquet(folder / "predictions.parquet")
    if same:
        run = read_compared("x", folders)
        assert (run.outcomes, run.truth) == (None, None)
    else:
        with pytest.raises(InputError, match="on the same images, but they differ"):
            read_compared("x", folders)
