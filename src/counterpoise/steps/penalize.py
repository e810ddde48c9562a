"""A penalty on the features, beside the loss."""

from dataclasses import replace
from typing import final

from torch import nn

from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.regularizers import Regularizer
from counterpoise.steps.step import Seen, Step


@final
class Penalize(Step):
    """Features and targets -> a weighed term of its own name. Its place is after "encode".

    Mixed targets give a mixture of penalties.

    Args:
        name: of the term.
        regularizer: gives the penalty.
        weight: multiplies the penalty.
        reads: parameters of the net that the regularizer takes with features and targets, and trains, such as
            "classifier.centroids"; named as in `Stage.trains`.

    Raises:
        InputError: a negative weight.
    """

    def __init__(
        self, name: str, regularizer: Regularizer, *, weight: float, reads: tuple[str, ...] = ()
    ) -> None:
        super().__init__()
        if not weight >= 0:
            raise InputError(f"the weight of {name} must be 0 or more, but {weight} came; 0 switches it off")
        self.name, self.regularizer, self.weight, self.reads = name, regularizer, weight, reads

    def forward(self, net: Net, seen: Seen) -> Seen:
        """Add the term.

        Raises:
            InputError: the net lacks a parameter that the regularizer takes.
        """
        read = [parameter(net, name) for name in self.reads]
        penalty = sum(
            share * self.regularizer(seen.features, targets, *read) for share, targets in seen.mixture
        )
        return replace(seen, terms={**seen.terms, self.name: self.weight * penalty})


def parameter(net: Net, name: str) -> nn.Parameter:
    """The parameter of a name."""
    try:
        return net.get_parameter(name)
    except AttributeError as error:
        raise InputError(
            f"a penalty takes the parameter {name!r}, but the net has none of that name; give the net a part that has"
        ) from error
