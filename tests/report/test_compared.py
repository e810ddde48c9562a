import json

import numpy as np
import pandas as pd
import pytest

from counterpoise.errors import InputError
from counterpoise.report import ComparedRun, read_compared
from counterpoise.report.compared import score_names
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
            label = target[: seed + 1] + ["class ?"] * (images - seed - 1)
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
