"""Learning from failure as a recipe: two nets learn, one predicts."""

from pathlib import Path

import pytest
import torch

from counterpoise.data.data import Data
from counterpoise.errors import InputError
from counterpoise.recipes import learning_from_failure, mixup
from counterpoise.recipes.compose import recreate
from counterpoise.training import Hardware, Training, run
from counterpoise.training.checkpoint import load_tensors

TRAINING = Training(epochs=2, batch_size=8, lr=0.05)


@pytest.mark.parametrize("form", ["released", "original"])
def test_both_nets_learn_and_the_biased_one_is_gone_at_inference(form, tiny: Data, tmp_path: Path) -> None:
    run(learning_from_failure(tiny, training=TRAINING, form=form), tmp_path, hardware=Hardware("cpu", "32"))
    _, predictor = recreate(tmp_path)
    tensors, _ = load_tensors(tmp_path / "checkpoints" / "predictor.safetensors")
    assert tensors.keys() == {f"predictor/{name}" for name in predictor.state_dict()}
    assert all(torch.equal(tensors[f"predictor/{k}"], v) for k, v in predictor.state_dict().items())
    trained, _ = load_tensors(tmp_path / "checkpoints" / "0-main.safetensors")
    biased = "objective/steps.failure.biased.classifier.linear.weight"
    assert not torch.equal(trained[biased], trained["net/classifier.linear.weight"])
    assert ("objective/steps.failure.weigh.biased.average" in trained) == (form == "original")


def test_what_the_paper_remembers_is_kept_for_a_restart(tiny: Data, tmp_path: Path) -> None:
    experiment = learning_from_failure(tiny, training=TRAINING, form="original")
    run(experiment, tmp_path, hardware=Hardware("cpu", "32"))
    trained, _ = load_tensors(tmp_path / "checkpoints" / "0-main.safetensors")
    for memory in ("biased", "debiased"):
        average = trained[f"objective/steps.failure.weigh.{memory}.average"]
        assert len(average) == len(tiny.splits["train"])
        assert (average > 0).float().mean() > 0.5


def test_mixed_batches_are_refused(tiny: Data) -> None:
    with pytest.raises(InputError, match="leave mixup and cutmix out"):
        mixup(learning_from_failure(tiny, training=TRAINING))
