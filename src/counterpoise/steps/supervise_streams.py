"""Supervision of several labeled streams, each with a weight of its own."""

from collections.abc import Mapping
from typing import final

import torch
from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.losses.loss import Loss
from counterpoise.steps.each_environment import environment_terms
from counterpoise.steps.step import Seen
from counterpoise.steps.supervision import Supervision


@final
class SuperviseStreams(Supervision):
    """Outputs and targets -> the term "loss": ``sum_s weight_s * mean loss of stream s``.

    ``L(D_L) + omega * L(D_U)`` of Yang and Xu (NeurIPS 2020, equation 2) for labeled and pseudo-labeled images. Stands
    where `Supervise` does; `Join` has put the streams one after the other. Mixed targets give a mixture of losses.

    Args:
        loss: called with the outputs and targets of each stream.
        weights: of the streams, by name.
    """

    def __init__(self, loss: Loss, weights: Mapping[str, float]) -> None:
        super().__init__(loss)
        self.weights = dict(weights)

    def term(self, seen: Seen) -> Tensor:
        """The weighed sum of the losses of all streams, ().

        Raises:
            InputError: a labeled stream has no weight, or its rows are not those of the streams any more.
        """
        labeled = [name for name, batch in seen.streams.items() if batch.targets is not None]
        unknown = [name for name in labeled if name not in self.weights]
        if unknown:
            raise InputError(
                f"the stream {unknown[0]!r} has no weight, only {', '.join(self.weights)}; give it one"
            )
        terms = environment_terms(seen, self.loss)
        return torch.stack([self.weights[name] * term for name, term in terms.items()]).sum()

    def with_loss(self, loss: Loss) -> "SuperviseStreams":
        """The same with another loss."""
        return SuperviseStreams(loss, self.weights)
