"""What a graph gives: for each task the named results, and how far two of them may lie apart."""

from abc import abstractmethod
from collections.abc import Callable
from typing import NamedTuple, cast, final

import torch
from torch import Tensor, nn

from counterpoise.data.data import MULTI_LABEL, Facts
from counterpoise.data.grid import Grid
from counterpoise.data.outputs import Outputs
from counterpoise.data.target import Target

Unit = Callable[[Tensor], Tensor]
"""What differences from an expected result are counted in."""


class Output(NamedTuple):
    """One result of a graph.

    Attributes:
        name: of the result.
        shape: of it in words, the first of which changes from call to call.
        meaning: for people.
    """

    name: str
    shape: tuple[str | int, ...]
    meaning: str


class Answer(nn.Module):
    """Named results of the scores of a predictor."""

    outputs: tuple[Output, ...]
    units: tuple[Unit, ...]

    @abstractmethod
    def forward(self, scores: Tensor) -> tuple[Tensor, ...]:
        """(B, C) or (B,) -> the results."""


@final
class ClassAnswer(Answer):
    """Logits and their softmax, or sigmoid where classes do not exclude each other; (B, C) -> (B, C) twice.

    Args:
        facts: of the data.
    """

    def __init__(self, facts: Facts) -> None:
        super().__init__()
        self.several = facts.task == MULTI_LABEL
        shape, how = (
            ("batch", facts.num_classes),
            "of each class" if self.several else "of the classes, sum 1",
        )
        self.outputs = (Output("logits", shape, "scores"), Output("probabilities", shape, how))
        self.units = (by_largest, torch.ones_like)

    def forward(self, scores: Tensor) -> tuple[Tensor, ...]:
        """Logits and probabilities."""
        return scores, scores.sigmoid() if self.several else scores.softmax(dim=1)


@final
class ValueAnswer(Answer):
    """Values in the unit of the target: (B,), of maps (B, h, w), of several targets (B, T) float64.

    Args:
        facts: of the data.
    """

    def __init__(self, facts: Facts) -> None:
        super().__init__()
        target = cast(Target, facts.target)
        self.several = target.outputs
        self.places = _places(facts.shape, target.grid)
        named = ", ".join(target.outputs.names) if target.outputs else target.name
        self.outputs = (Output("values", ("batch", *self.places, *_columns(target.outputs)), named),)
        self.units = (lambda expected: expected.abs().clamp(min=least(target).to(expected)),)

    def forward(self, scores: Tensor) -> tuple[Tensor, ...]:
        """Values."""
        if self.several:
            return (self.several.restored(scores.view(-1, len(self.several.names))),)
        return (scores.view(-1, *self.places),)


def answer_of(facts: Facts) -> Answer:
    """What a graph for these data gives."""
    return ValueAnswer(facts) if facts.target else ClassAnswer(facts)


def gap(expected: Tensor, found: Tensor, unit: Unit) -> float:
    """The largest difference in its unit; infinite where shapes differ or one of two is no number."""
    if expected.shape != found.shape:
        return torch.inf
    apart = (expected.double() - found.double()).abs() / unit(expected)
    return apart.masked_fill(expected == found, 0).nan_to_num(nan=torch.inf, posinf=torch.inf).amax().item()


def by_largest(expected: Tensor) -> Tensor:
    """The largest finite score, at least 1: logits are told apart relative to their size."""
    return expected.abs().masked_fill(expected.isinf(), 0).amax().clamp(min=1).expand_as(expected)


def least(target: Target) -> Tensor:
    """The standard deviation of a target, or of each of several: what is smaller than it counts as so large."""
    return torch.tensor(target.outputs.stds if target.outputs else target.std)


def _places(shape: tuple[int, ...], grid: Grid | None) -> tuple[int, ...]:
    return (shape[1] // grid.stride, shape[2] // grid.stride) if grid else ()


def _columns(outputs: Outputs | None) -> tuple[int, ...]:
    return (len(outputs.names),) if outputs else ()
