"""Predictors as they are after training, with made-up numbers in them, and a check in every format."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pytest
import torch

from counterpoise.data.data import Data, Facts
from counterpoise.export import Graph, Served, cases_of, graph_of, made_up_inputs
from counterpoise.net import Net
from counterpoise.predictors import TotalDirectEffect
from counterpoise.recipes.compose import after_training, compose
from counterpoise.training import Call, Experiment, Training
from counterpoise.training.conclusion import trained_predictor

ALPHA = 1.3


class Made(NamedTuple):
    """An experiment without samples, and its predictor."""

    experiment: Experiment
    predictor: Net

    @property
    def facts(self) -> Facts:
        return self.experiment.data.facts

    def graph(self, *, alpha_input: bool = False) -> Graph:
        return graph_of(self.predictor, self.facts, alpha_input=alpha_input)

    def served(self, *, alpha_input: bool = False) -> Served:
        """All that a format needs, with noise for inputs."""
        cases = cases_of(made_up_inputs(self.facts), ALPHA if alpha_input else None)
        graph = self.graph(alpha_input=alpha_input)
        return Served(self.experiment, self.predictor, graph, {"run": "made-up"}, cases)


def untrained(data: Data, words: Sequence[str], **options: Any) -> Made:
    """The predictor of a recipe and its modifiers; a total direct effect has an alpha and random directions."""
    if "light_fine_tuning" in words:
        pytest.importorskip("peft", reason="low-rank adapters need peft, which is not installed")
    torch.manual_seed(0)
    training = Training(epochs=1, batch_size=8, **options)
    experiment = compose(Data(data.facts), training, [Call(word, {}) for word in words])
    predictor = trained_predictor(experiment, after_training(experiment)).eval()
    for part in predictor.modules():
        if isinstance(part, TotalDirectEffect):
            part.alpha.fill_(ALPHA)
            part.direction.copy_(torch.nn.functional.normalize(torch.randn_like(part.direction), dim=-1))
    return Made(experiment, predictor)


@pytest.fixture(scope="session")
def make_predictor() -> Callable[..., Made]:
    """``make_predictor(data, words, **training)``; see `untrained`."""
    return untrained
