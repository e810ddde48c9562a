"""From words and their options to an experiment, and from a run folder back to its trained predictor."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from counterpoise.data.data import Data, Facts
from counterpoise.errors import InputError
from counterpoise.files import read_json
from counterpoise.net import Net
from counterpoise.recipes.words import find
from counterpoise.training.checkpoint import load_tensors, restore
from counterpoise.training.conclusion import PREDICTOR, trained_predictor
from counterpoise.training.options import Training
from counterpoise.training.stage import Call, Experiment, Now, entered


def compose(data: Data, training: Training, calls: Sequence[Call]) -> Experiment:
    """A recipe and its modifiers, innermost first.

    Raises:
        InputError: a word is unknown or the combination makes no sense, with the reason.
    """
    first, *modifiers = calls
    experiment = find(first.word, "recipe").function(data, training=training, **first.arguments)
    for call in modifiers:
        experiment = find(call.word, "modifier").function(experiment, **call.arguments)
    return experiment


def recreate(folder: Path) -> tuple[Experiment, Net]:
    """The experiment of a finished run, without samples, and its trained predictor.

    Only JSON and safetensors files are read; nothing is unpickled.

    Raises:
        InputError: not a run folder, or its training has not ended.
    """
    run = read_json(folder / "run.json")
    if not (folder / PREDICTOR).exists():
        raise InputError(f"{folder} has no trained predictor yet; repeat its train command to finish it")
    experiment = rewritten(run)
    predictor = trained_predictor(experiment, after_training(experiment))
    tensors, _ = load_tensors(folder / PREDICTOR)
    restore(tensors, predictor=predictor)
    return experiment, predictor.eval()


def rewritten(run: Mapping[str, Any]) -> Experiment:
    """The experiment of which the calls, the training and the facts were written, without samples."""
    calls = [Call(call["word"], call["arguments"]) for call in run["calls"]]
    training = Training(**{**run["training"], "pretrained": False})
    return compose(Data(Facts.from_json(run["facts"])), training, calls)


def after_training(experiment: Experiment) -> Now:
    """What would be true after training, with fresh nets: the shape into which weights are loaded."""
    now = Now(experiment.data, experiment.net())
    for stage in experiment.stages:
        now = entered(stage, now, finished=True)
        now = now.after(stage.objective(now))
    return now
