"""Pi-model: a net agrees with itself about another view."""

from typing import final

import torch
from torch import Tensor

from counterpoise.losses import Loss, SoftmaxMSE
from counterpoise.net import Net
from counterpoise.ramps import ByEpoch, Ramped
from counterpoise.steps.added_term import AddedTerm
from counterpoise.steps.step import Seen
from counterpoise.steps.together import stream_features

REALISTIC_WEIGHT = Ramped(20.0, 0.4)


@final
class SelfConsistency(AddedTerm):
    """Adds the cost between two passes of one net (Laine, Aila, ICLR 2017) as the term "pi_model".

    Like Mean Teacher with the student as its own teacher, as in realistic-ssl: the second pass gets no gradient. The
    two streams are views of the same samples.

    Args:
        weight: of the cost, from (epoch, epochs) (realistic-ssl: rises to 20, over 200 of 500 thousand steps).
        cost: takes logits of both passes; None is `SoftmaxMSE`.
        student: name of the stream whose pass learns.
        teacher: name of the stream whose pass is learned from.
    """

    name = "pi_model"

    def __init__(
        self,
        *,
        weight: ByEpoch = REALISTIC_WEIGHT,
        cost: Loss | None = None,
        student: str = "strong",
        teacher: str = "unlabeled",
    ) -> None:
        super().__init__(weight)
        self.cost = cost or SoftmaxMSE()
        self.reads = {"student": student, "teacher": teacher}

    def term(self, net: Net, seen: Seen) -> Tensor:
        """Mean cost over the samples, ()."""
        with torch.no_grad():
            taught = net.classifier(stream_features(net, seen, self.reads["teacher"]))
        return self.cost(net.classifier(stream_features(net, seen, self.reads["student"])), taught)
