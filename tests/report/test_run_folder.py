import json

import pytest

from counterpoise.errors import InputError
from counterpoise.report.run_folder import read_epochs, read_run


def test_epochs_are_numbers_with_gaps_where_the_loss_was_lost(tmp_path):
    path = tmp_path / "metrics.csv"
    path.write_text("stage,epoch,lr,loss,centre\npretext,0,0.1,nan,\nmain,0,0.1,1.5,2\n")
    first, second = read_epochs(path)
    assert first == {"stage": "pretext", "epoch": 0, "lr": 0.1, "loss": None, "centre": None}
    assert second["centre"] == 2


@pytest.mark.parametrize("content", ["stage,epoch\nmain,0\n", "stage,epoch,lr,loss\nmain,0,0.1,much\n", None])
def test_a_broken_table_of_epochs_is_refused(content, tmp_path):
    path = tmp_path / "metrics.csv"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=r"cannot read .*metrics\.csv.*run folder"):
        read_epochs(path)


def test_notes_are_those_of_the_data_and_then_of_the_experiment(make_folder):
    assert read_run(make_folder()).notes == []
    facts = {"name": "x", "class_counts": [2, 1], "notes": ["a", "b"]}
    assert read_run(make_folder(facts=facts, notes=["c"])).notes == ["a", "b", "c"]


def test_a_run_without_a_recipe_is_refused(make_folder):
    with pytest.raises(InputError, match=r"run\.json should hold a call"):
        read_run(make_folder(calls=[]))


def test_a_folder_below_a_run_has_an_evaluation_of_its_own(make_folder, make_evaluation):
    folder = make_folder()
    below = folder / "measured-x"
    below.mkdir()
    (below / "evaluation.json").write_text(json.dumps(make_evaluation() | {"overall": 0.125}))
    found, own = read_run(below), read_run(folder)
    assert (found.run, found.epochs) == (own.run, own.epochs)
    assert found.evaluation["overall"] == 0.125 != own.evaluation["overall"]
