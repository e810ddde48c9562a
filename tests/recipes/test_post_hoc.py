"""A class prior that is settled when an experiment is trained."""

import json
from pathlib import Path

import pytest
import torch
from torch.testing import assert_close

from counterpoise.data.data import Data
from counterpoise.errors import InputError
from counterpoise.predictors import TargetPrior, Tempered, TotalDirectEffect
from counterpoise.recipes import cosine, cross_entropy, tde
from counterpoise.recipes.compose import recreate
from counterpoise.recipes.post_hoc import target_prior
from counterpoise.training import Training
from counterpoise.training.conclusion import answered_prior, trained_predictor
from counterpoise.training.hardware import Hardware
from counterpoise.training.run import run
from counterpoise.training.stage import Now

TRAINING = Training(epochs=1, batch_size=8)


def test_the_shift_lies_over_the_temperature(tiny: Data) -> None:
    experiment = target_prior(cross_entropy(tiny, training=TRAINING))
    now = Now(tiny, experiment.net())
    over = trained_predictor(experiment, now).classifier
    assert isinstance(over, TargetPrior)
    assert isinstance(over.classifier, Tempered)
    assert_close(over.classifier.prior, torch.tensor([8.0, 5, 2, 1]) / 16)
    assert_close(over.shift, (torch.tensor([4.0, 4, 4, 4]) / torch.tensor([8.0, 5, 2, 1])).log())
    assert experiment.prior(now).tolist() == [0.25] * 4


def test_nothing_is_corrected_twice(tiny: Data) -> None:
    experiment = target_prior(tde(cosine(tiny, training=TRAINING)), prior="uniform")
    now = Now(tiny, experiment.net())
    for stage in experiment.stages:
        now = now.after(stage.objective(now))
    over = trained_predictor(experiment, now).classifier
    assert isinstance(over, TargetPrior)
    assert_close(over.shift, torch.zeros(4))
    assert any(isinstance(layer, TotalDirectEffect) for layer in over.modules())


def test_a_modifier_after_it_that_changes_the_prior_is_refused(tiny: Data) -> None:
    with pytest.raises(InputError, match="must come before target_prior"):
        tde(target_prior(cosine(tiny, training=TRAINING)))


def test_a_run_keeps_the_weights_of_a_file(tiny: Data, tmp_path: Path) -> None:
    path = tmp_path / "mix.json"
    path.write_text('{"a": 0, "b": 1, "c": 2, "d": 1}')
    experiment = target_prior(cross_entropy(tiny, training=TRAINING), prior=str(path))
    path.unlink()
    weights = {"a": 0.0, "b": 0.25, "c": 0.5, "d": 0.25}
    assert experiment.calls[-1].arguments == {"prior": weights}
    evaluation = run(experiment, tmp_path / "run", hardware=Hardware("cpu", "32"))
    assert json.loads((tmp_path / "run" / "run.json").read_text())["calls"][1]["arguments"] == {
        "prior": weights
    }
    assert evaluation["per_class"][0] == 0
    assert evaluation["target_prior"]["answered"] == "other"
    _, predictor = recreate(tmp_path / "run")
    assert answered_prior(tmp_path / "run").tolist() == [0, 0.25, 0.5, 0.25]
    assert predictor.classifier.shift[0] == -torch.inf


@pytest.mark.parametrize("prior", ["estimate", {"a": 1.0}, "no such file"])
def test_what_names_no_prior_is_refused(prior: str | dict, tiny: Data) -> None:
    with pytest.raises(InputError, match="target prior"):
        target_prior(cross_entropy(tiny, training=TRAINING), prior=prior)
