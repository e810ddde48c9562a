"""What whoever serves a predictor must know about it, as plain JSON that lies in the file and beside it."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from counterpoise.data.data import REGRESSION, Facts
from counterpoise.data.grid import Grid
from counterpoise.data.pictures import shorter_side
from counterpoise.export.graph import Graph
from counterpoise.net import Net
from counterpoise.predictors import Tempered, TotalDirectEffect
from counterpoise.training.stage import Experiment
from counterpoise.version import __version__

KEY = "counterpoise"
"""Under which the description lies in a file."""

PIXELS, SCALED = "(pixels / 255 - mean) / std", "(features - mean) / std"
FILLED = f"gaps filled with the medians of training, then {SCALED}"
COLUMNS = (
    "one feature for each column of numbers, nan where the field is empty; for each column with categories one feature "
    "for each of them, 1 where the field is it and 0 elsewhere"
)


def described(
    name: str,
    experiment: Experiment,
    predictor: Net,
    graph: Graph,
    *,
    choices: Sequence[str],
    prior: Tensor | None,
) -> dict[str, Any]:
    """The description of an exported predictor.

    Args:
        name: of the run.
        experiment: of the run.
        predictor: with its choices made.
        graph: that serves it.
        choices: sentences that say how the predictor's strengths were chosen.
        prior: class prior for which the scores answer, (C,); None where samples have no one class.
    """
    facts = experiment.data.facts
    return {
        KEY: __version__,
        "run": name,
        "calls": [{"word": call.word, "arguments": dict(call.arguments)} for call in experiment.calls],
        "data": facts.name,
        "task": facts.task,
        "inputs": [one._asdict() for one in graph.inputs],
        "outputs": [one._asdict() for one in graph.outputs],
        "class_names": None if facts.task == REGRESSION else list(facts.class_names),
        **preparation(facts),
        "alpha": _strength(predictor, TotalDirectEffect, "alpha"),
        "temperature": _strength(predictor, Tempered, "temperature"),
        "prior": None if prior is None else prior.tolist(),
        "choices": list(choices),
    }


def preparation(facts: Facts) -> dict[str, Any]:
    """What is to be done before the graph ("before"), and what the graph does itself ("inside")."""
    statistics = {"mean": list(facts.mean), "std": list(facts.std)}
    if facts.columns:
        columns = [{"name": one.name, "categories": list(one.categories)} for one in facts.columns]
        return {"before": {"columns": columns, "rule": COLUMNS}, "inside": FILLED, **statistics}
    if facts.objects:
        return {"before": {}, "inside": f"resized, then {PIXELS}", **statistics}
    images = len(facts.shape) == 3
    before = resizing(facts.shape[-1], facts.grid) if images else {}
    return {"before": before, "inside": PIXELS if images else SCALED, **statistics}


def resizing(size: int, grid: Grid | None) -> dict[str, Any]:
    """How a picture of any size, upright and RGB, becomes a square of pixels."""
    if grid and grid.counts:
        rule = (
            "the whole picture in the upper left of a black square, resized only if its longer side is longer"
        )
        return {"size": size, "longer_side": size, "rule": f"{rule}; bilinear with antialiasing"}
    rule = "the shorter side resized, then the centre square cut out; bilinear with antialiasing"
    return {"size": size, "shorter_side": shorter_side(size), "rule": rule}


def _strength(predictor: Net, kind: type, name: str) -> float | None:
    """The number that all parts of a kind share; None without such a part."""
    found = [getattr(part, name).item() for part in predictor.modules() if isinstance(part, kind)]
    return found[0] if found else None
