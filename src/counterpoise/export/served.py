"""What is exported: a trained predictor, the graph that serves it, what it was tried on, and what to know about it."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor

from counterpoise.data.data import Facts
from counterpoise.data.scenes import SceneBatch
from counterpoise.detection import Detector, Found
from counterpoise.detection.detector import strength
from counterpoise.export.folding import folded, opened
from counterpoise.export.graph import Fields, Graph, Results, ScoreGraph, WithAlpha
from counterpoise.export.outputs import answer_of
from counterpoise.export.pictures import ObjectGraph
from counterpoise.net import Net
from counterpoise.training.stage import Experiment

Case = tuple[Tensor, ...]
"""Inputs of a graph, in their order."""


@dataclass(frozen=True, eq=False)
class Served:
    """Everything that a format needs.

    Attributes:
        experiment: of the run, without samples.
        predictor: as `counterpoise predict` has it; what the exported file is checked against.
        graph: what is written, see `graph_of`.
        description: plain JSON, see `counterpoise.export.description`.
        cases: inputs on which the file is checked; of the last one the graph is recorded.
    """

    experiment: Experiment
    predictor: Net
    graph: Graph
    description: Mapping[str, Any]
    cases: Sequence[Case]

    @property
    def facts(self) -> Facts:
        """Of the data that the predictor was trained on."""
        return self.experiment.data.facts


def graph_of(predictor: Net, facts: Facts, *, alpha_input: bool = False) -> Graph:
    """The graph of a predictor.

    Args:
        predictor: trained and calibrated.
        facts: of the data that it was trained on.
        alpha_input: whether the strength of the total direct effect is an input of the graph.

    Raises:
        InputError: alpha is to be an input, but there is no total direct effect.
    """
    net = opened(predictor) if alpha_input else folded(predictor)
    graph = ObjectGraph(net) if isinstance(net, Detector) else ScoreGraph(net, facts)
    return (WithAlpha(graph) if alpha_input else graph).eval()


@torch.no_grad()
def expected(predictor: Net, facts: Facts, case: Case) -> Results:
    """What PyTorch gives for inputs of a graph, in the way that the library itself predicts."""
    given, *alpha = case
    with strength(predictor.classifier, alpha[0].item()) if alpha else nullcontext():
        if isinstance(predictor, Detector):
            return located(predictor(SceneBatch([facts.plain.finish(given[None])[0]], [{}]))[0])
        prepared = facts.plain.finish(given) if len(facts.shape) == 3 else Fields(facts)(given)
        return answer_of(facts)(predictor(prepared))


def located(found: Found) -> Results:
    """Boxes, labels, scores and masks if there are any."""
    masks = () if found.masks is None else (cast(Tensor, found.masks),)
    return found.boxes, found.labels, found.scores, *masks
