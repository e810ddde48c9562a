"""The whole way from pixels or rows to results, as one module: what is written to a file."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, final

import torch
from torch import Tensor, nn

from counterpoise.data.columns import Scaling, standardized
from counterpoise.data.data import Facts
from counterpoise.errors import InputError
from counterpoise.export.folding import OpenEffect
from counterpoise.export.outputs import Output, answer_of, gap
from counterpoise.net import Net

Results = tuple[Tensor, ...]


class Input(NamedTuple):
    """What a graph takes.

    Attributes:
        name: of the tensor.
        dtype: of its numbers, as numpy calls them.
        shape: in words and numbers; words change from call to call.
        meaning: for people.
    """

    name: str
    dtype: str
    shape: tuple[str | int, ...]
    meaning: str


class Graph(nn.Module, ABC):
    """Named tensors in, named tensors out.

    Attributes:
        by_data: whether the data tell how much is computed, so that it can only be recorded.
    """

    by_data: bool

    @property
    @abstractmethod
    def inputs(self) -> tuple[Input, ...]:
        """What it takes, in order."""

    @property
    @abstractmethod
    def outputs(self) -> tuple[Output, ...]:
        """What it gives, in order."""

    @abstractmethod
    def apart(self, expected: Results, found: Results) -> float:
        """How far results lie apart at most: shares of 1 for probabilities, relative for scores and values."""


@final
class Pixels(nn.Module):
    """Normalises images: ``(pixels / 255 - mean) / std``; uint8 (B, H, W, channels) -> float32 (B, channels, H, W).

    Args:
        facts: of the images.
    """

    scale: Tensor
    shift: Tensor

    def __init__(self, facts: Facts) -> None:
        super().__init__()
        mean, std = (torch.tensor(numbers, dtype=torch.float64) for numbers in (facts.mean, facts.std))
        self.register_buffer("scale", (1 / (255 * std)).float())
        self.register_buffer("shift", (-mean / std).float())
        channels, height, width = facts.shape
        colours = "red, green, blue" if channels == 3 else "grey"
        shape = ("batch", height, width, channels)
        self.input = Input("images", "uint8", shape, f"pixels from 0 to 255, {colours}")

    def forward(self, images: Tensor) -> Tensor:
        """Pixels -> what the net receives."""
        return (images.float() * self.scale + self.shift).permute(0, 3, 1, 2)


@final
class Fields(nn.Module):
    """Fills gaps and scales rows of a table as in training; (B, F), nan where a number is missing -> float32 (B, F).

    Rows of other origin, which have no columns, are prepared as the data say.

    Args:
        facts: of the rows.
    """

    def __init__(self, facts: Facts) -> None:
        super().__init__()
        self.facts = facts
        dtype = "float64" if facts.columns else "float32"
        self.input = Input("rows", dtype, ("batch", *facts.shape), "features in the order of the columns")

    def forward(self, rows: Tensor) -> Tensor:
        """Rows -> what the net receives."""
        if not self.facts.columns:
            return self.facts.plain.finish(rows)
        return standardized(rows, self.facts.columns, Scaling(self.facts.mean, self.facts.std))


@final
class ScoreGraph(Graph):
    """Preparation, predictor and results, for images and rows.

    Args:
        net: the predictor, folded or opened.
        facts: of the data that it was trained on.
    """

    def __init__(self, net: Net, facts: Facts) -> None:
        super().__init__()
        self.prepare = Pixels(facts) if len(facts.shape) == 3 else Fields(facts)
        self.net, self.answer, self.by_data = net, answer_of(facts), False

    @property
    def inputs(self) -> tuple[Input, ...]:
        """One: images or rows."""
        return (self.prepare.input,)

    @property
    def outputs(self) -> tuple[Output, ...]:
        """Those of the task; see `answer_of`."""
        return self.answer.outputs

    def apart(self, expected: Results, found: Results) -> float:
        """The largest difference, each output in its own unit."""
        return max(gap(*three) for three in zip(expected, found, self.answer.units, strict=True))

    def forward(self, given: Tensor) -> Results:
        """Images (B, H, W, channels), or rows (B, F) -> results of B samples."""
        return self.answer(self.net(self.prepare(given)))


ALPHA = Input("alpha", "float32", (), "strength of the total direct effect")


@final
class WithAlpha(Graph):
    """A graph whose total direct effects take their strength from outside.

    Args:
        graph: of an opened predictor.

    Raises:
        InputError: the predictor has no total direct effect.
    """

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.inner, self.by_data = graph, graph.by_data
        self.effects = [part for part in graph.modules() if isinstance(part, OpenEffect)]
        if not self.effects:
            raise InputError(
                "this run has no total direct effect, so --alpha-input has no meaning; train with tde"
            )

    @property
    def inputs(self) -> tuple[Input, ...]:
        """Those of the graph, and alpha."""
        return (*self.inner.inputs, ALPHA)

    @property
    def outputs(self) -> tuple[Output, ...]:
        """Those of the graph."""
        return self.inner.outputs

    def apart(self, expected: Results, found: Results) -> float:
        """As in the graph."""
        return self.inner.apart(expected, found)

    def forward(self, given: Tensor, alpha: Tensor) -> Results:
        """What the graph takes, and a strength () -> its results."""
        with dialled(self.effects, alpha):
            return self.inner(given)


@contextmanager
def dialled(effects: Sequence[OpenEffect], alpha: Tensor) -> Iterator[None]:
    """Inside, every effect has this alpha, also where what is computed is recorded."""
    own = [effect.alpha for effect in effects]
    for effect in effects:
        effect.alpha = alpha
    try:
        yield
    finally:
        for effect, before in zip(effects, own, strict=True):
            effect.alpha = before
