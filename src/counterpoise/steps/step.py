"""What happens with one batch: steps in named places, and the Objective that runs them in order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import torch
from torch import Tensor, nn

from counterpoise.data.streams import Batch
from counterpoise.errors import InputError
from counterpoise.net import Net


@dataclass(frozen=True)
class Seen:
    """One batch on its way through the steps; a step returns a changed copy (`dataclasses.replace`).

    Attributes:
        streams: the batch of each stream, by name.
        inputs: what the backbone receives, (B, ...).
        index: data-set index of each sample, (B,).
        mixture: ``((share, targets), ...)``: one entry for plain batches, several where targets are mixed.
        features: what the classifier receives, (B, D).
        outputs: what the loss consumes, mostly logits (B, C).
        terms: the terms of the objective by name; their sum is minimised.
        beside: features of further streams that were encoded with the batch, by the name of the stream, (B', D).
        sites: of a detector, what each of its box classifiers looks at, by place: regions are the rows there.
        weight: of the loss here, among the sites.
        foreground: which rows are no background, (B,) bool; None where none is.
    """

    streams: Mapping[str, Batch]
    inputs: Any = None
    index: Any = None
    mixture: tuple[tuple[float, Tensor], ...] = ()
    features: Any = None
    outputs: Any = None
    terms: Mapping[str, Tensor] = field(default_factory=dict)
    beside: Mapping[str, Tensor] = field(default_factory=dict)
    sites: Mapping[str, "Seen"] = field(default_factory=dict)
    weight: float = 1.0
    foreground: Tensor | None = None

    @property
    def looks(self) -> Mapping[str, "Seen"]:
        """What each classifier of the net looks at, by its place: the batch itself, unless there are sites."""
        return self.sites or {"all": self}

    def each_look(self, change: "Callable[[str, Seen], Seen]") -> "Seen":
        """The same with ``change(place, look)`` in place of each look."""
        if not self.sites:
            return change("all", self)
        return replace(self, sites={place: change(place, look) for place, look in self.sites.items()})


class Step(nn.Module):
    """One thing that happens with a batch. Every verb does nothing unless a final class says otherwise.

    What must survive a restart is a buffer of the step; what lives within one epoch is not.
    """

    def forward(self, net: Net, seen: Seen) -> Seen:
        """Take the batch one place further."""
        return seen

    def update(self, net: Net, seen: Seen) -> None:
        """Watch the batch after the optimizer's step; no gradient is recorded."""

    def set_epoch(self, epoch: int, epochs: int) -> None:
        """Hear that epoch ``epoch`` (from 0) of ``epochs`` begins; the clock is never stored."""

    def after_epoch(self, net: Net) -> None:
        """Hear that an epoch has ended."""


class Objective(nn.Module):
    """A final, ordered set of steps. Modifiers insert new steps or wrap existing ones.

    Args:
        steps: the steps by the name of their place, in order.
    """

    def __init__(self, **steps: Step) -> None:
        super().__init__()
        self.steps = nn.ModuleDict(steps)

    @property
    def named(self) -> dict[str, Step]:
        """The steps by name, in order."""
        return cast(dict[str, Step], dict(self.steps.items()))

    def __getitem__(self, name: str) -> Step:
        """The step at a place."""
        self._position(name)
        return self.named[name]

    def before(self, anchor: str, **new: Step) -> "Objective":
        """The same steps with new ones before ``anchor``."""
        return self._inserted(self._position(anchor), new)

    def after(self, anchor: str, **new: Step) -> "Objective":
        """The same steps with new ones after ``anchor``."""
        return self._inserted(self._position(anchor) + 1, new)

    def wrap(self, name: str, change: Callable[[Any], Step]) -> "Objective":
        """The same steps with ``change(step)`` at place ``name``."""
        self._position(name)
        return Objective(**{key: change(step) if key == name else step for key, step in self.named.items()})

    def forward(self, net: Net, streams: Mapping[str, Batch]) -> Seen:
        """Run all steps on one batch of each stream."""
        seen = Seen(streams)
        for step in self.named.values():
            seen = step(net, seen)
        return seen

    @torch.no_grad()
    def update(self, net: Net, seen: Seen) -> None:
        """Let every step watch the batch, after the optimizer's step."""
        for step in self.named.values():
            step.update(net, seen)

    def set_epoch(self, epoch: int, epochs: int) -> None:
        """Tell every step the time."""
        for step in self.named.values():
            step.set_epoch(epoch, epochs)

    def after_epoch(self, net: Net) -> None:
        """Tell every step that an epoch has ended."""
        for step in self.named.values():
            step.after_epoch(net)

    def _position(self, name: str) -> int:
        if name not in self.steps:
            raise InputError(
                f"no step {name!r} here, only {', '.join(self.steps)}; this combination has no place"
            )
        return list(self.steps).index(name)

    def _inserted(self, position: int, new: Mapping[str, Step]) -> "Objective":
        taken = [name for name in new if name in self.steps]
        if taken:
            raise InputError(f"there is already a step {taken[0]!r}; a modifier can be applied once")
        items = list(self.named.items())
        return Objective(**dict([*items[:position], *new.items(), *items[position:]]))


def total(terms: Mapping[str, Tensor]) -> Tensor:
    """Sum of the terms in order of name, so that the order of modifiers does not change a bit."""
    return torch.stack([terms[name] for name in sorted(terms)]).sum()
