"""What recipes for continuous targets know of them, as late functions."""

from torch import Tensor

from counterpoise.bins import class_means, midpoints, with_zero_first
from counterpoise.data.data import Data
from counterpoise.data.target import Target
from counterpoise.errors import InputError
from counterpoise.training.maps import COUNTS, MAPS
from counterpoise.training.outputs import OUTPUTS
from counterpoise.training.reading import Reading
from counterpoise.training.regression import VALUES
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
    """The training targets, of places one by one, (N,); without samples at hand, the middle of its bin for each."""
    if now.data.splits:
        return target_of(now.data).values(now.data.splits["train"].targets)
    return midpoints(target_of(now.data).edge_tensor).repeat_interleave(now.class_counts).float()


def representatives(now: Now) -> Tensor:
    """What each bin stands for, (C,): the mean of its training targets, or its middle where it has none.

    The first bin of counts stands for nothing at all, as released.
    """
    target = target_of(now.data)
    means = class_means(training_targets(now), target.edge_tensor).float()
    return with_zero_first(means) if target.grid and target.grid.counts else means


def reading_of(data: Data) -> Reading:
    """How predictions are read: as values of samples, several or one, counts of images, or maps of measurements."""
    target = target_of(data)
    if target.grid:
        return COUNTS if target.grid.counts else MAPS
    return OUTPUTS if target.outputs else VALUES
