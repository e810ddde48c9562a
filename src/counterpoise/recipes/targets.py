"""What recipes for continuous targets know of them, as late functions."""

from torch import Tensor

from counterpoise.bins import class_means, midpoints
from counterpoise.data.data import Data
from counterpoise.data.target import Target
from counterpoise.errors import InputError
from counterpoise.training.stage import Now


def target_of(data: Data) -> Target:
    """The target that the facts tell.

    Raises:
        InputError: they tell none.
    """
    if data.facts.target is None:
        raise InputError(f"expected facts with a continuous target, but those of {data.facts.name} have none")
    return data.facts.target


def training_targets(now: Now) -> Tensor:
    """The training targets, (N,); without samples at hand, the middle of its bin for each."""
    if now.data.splits:
        return now.data.splits["train"].targets
    return midpoints(target_of(now.data).edge_tensor).repeat_interleave(now.class_counts).float()


def representatives(now: Now) -> Tensor:
    """What each bin stands for, (C,): the mean of its training targets, or its middle where it has none."""
    return class_means(training_targets(now), target_of(now.data).edge_tensor).float()
