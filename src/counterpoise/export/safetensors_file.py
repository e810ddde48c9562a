"""Safetensors: the tensors of a predictor, and what this library needs to build it again."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, final

from safetensors.torch import load, save
from torch import Tensor

from counterpoise.counts import uniform_prior
from counterpoise.errors import InputError
from counterpoise.export.check import Run
from counterpoise.export.description import KEY
from counterpoise.export.form import Form
from counterpoise.export.graph import WithAlpha
from counterpoise.export.served import Served, expected
from counterpoise.net import Classifier, Net
from counterpoise.predictors import TargetPrior
from counterpoise.recipes.compose import after_training, rewritten
from counterpoise.training.checkpoint import load_tensors, restore, state_of
from counterpoise.training.conclusion import trained_predictor

PLAN = "plan"
"""Under which what builds the predictor lies in the description."""


@final
class Safetensors(Form):
    """Tensors and a plan in one file that runs no code when it is read; `load_predictor` builds the predictor again.

    The graph is not in it, so this library is needed to serve it, and own recipes must be named as they were in
    training.
    """

    ending = ".safetensors"

    def content(self, served: Served) -> bytes:
        """The file.

        Raises:
            InputError: alpha is to be an input, which only a graph has.
        """
        if isinstance(served.graph, WithAlpha):
            raise InputError(
                "--alpha-input makes an input of a graph, and safetensors has none, only alpha as a tensor; leave it "
                "out, or take --format onnx"
            )
        facts = {**served.description, PLAN: plan_of(served)}
        state = state_of(predictor=served.predictor)
        owned = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in state.items()}
        return save(owned, metadata={"facts": json.dumps(facts), KEY: json.dumps(served.description)})

    def run(self, content: bytes, served: Served) -> Run:
        """Answers of the predictor that is built again."""
        predictor = rebuilt(plan_of(served), load(content))
        return lambda case: expected(predictor, served.facts, case)


def load_predictor(path: str | Path) -> tuple[Net, dict[str, Any]]:
    """The trained predictor in a safetensors file of ``counterpoise export``, and its description.

    Only JSON and tensors are read; nothing is unpickled.

    Args:
        path: of the file.

    Returns:
        The predictor in evaluation mode, which takes what the net takes, such as normalised images (B, channels, H,
        W); and the description.

    Raises:
        InputError: the file is missing or damaged, or is none of ``counterpoise export``.
    """
    tensors, description = load_tensors(Path(path))
    if PLAN not in description:
        raise InputError(
            f"{path} was not written by counterpoise export; name a file of --format safetensors"
        )
    return rebuilt(description[PLAN], tensors), description


def plan_of(served: Served) -> dict[str, Any]:
    """What builds the predictor again, as plain JSON."""
    experiment = served.experiment
    return {
        "calls": [{"word": call.word, "arguments": dict(call.arguments)} for call in experiment.calls],
        "training": vars(experiment.training).copy(),
        "facts": served.facts.as_json(),
        "moved": isinstance(served.predictor.classifier, TargetPrior),
    }


def rebuilt(plan: Mapping[str, Any], tensors: dict[str, Tensor]) -> Net:
    """The predictor of a plan with its tensors."""
    experiment = rewritten(plan)
    predictor = trained_predictor(experiment, after_training(experiment))
    if plan["moved"]:
        predictor = predictor.rewired(lambda place, inner: _movable(inner))
    restore(tensors, predictor=predictor)
    return predictor.eval()


def _movable(inner: Classifier) -> Classifier:
    """With room for the shift of another class prior, which the tensors hold."""
    prior = uniform_prior(inner.num_classes)
    return TargetPrior(inner, answered=prior, wanted=prior)
