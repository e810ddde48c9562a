"""Several continuous targets of a sample, each in its own unit."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from counterpoise.errors import InputError


@dataclass(frozen=True)
class Outputs:
    """Names and scales of T targets. What a net learns of each is how many standard deviations it lies off its mean.

    So one set of bins serves all of them, and what is rare is what lies far out in its own distribution (ours).

    Attributes:
        names: of the T columns.
        means: of the training values of each.
        stds: their standard deviations, above 0.
    """

    names: tuple[str, ...]
    means: tuple[float, ...]
    stds: tuple[float, ...]

    def standardized(self, values: Tensor) -> Tensor:
        """Values in their own units, in standard deviations; (N, T) -> (N, T) float32."""
        return ((values.double() - torch.tensor(self.means)) / torch.tensor(self.stds)).float()

    def restored(self, values: Tensor) -> Tensor:
        """The inverse of `standardized`; (N, T) -> (N, T) float64."""
        return values.double() * torch.tensor(self.stds) + torch.tensor(self.means)


def outputs_of(names: Sequence[str], values: Tensor) -> Outputs:
    """The scales of training values; (N, T).

    Raises:
        InputError: one of the targets is the same in all samples.
    """
    means, stds = values.double().mean(dim=0), values.double().std(dim=0)
    for name, std in zip(names, stds.tolist(), strict=True):
        if not std > 0:
            raise InputError(
                f"expected a target that varies, but {name!r} is the same in all {len(values)} training samples; leave "
                "it out of --target"
            )
    return Outputs(tuple(names), tuple(means.tolist()), tuple(stds.tolist()))
