"""Interpolation consistency: between two samples the answer lies between theirs."""

from typing import Literal, final, get_args

import torch
from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.losses import SoftmaxMSE
from counterpoise.net import Net
from counterpoise.ramps import ByEpoch, Ramped
from counterpoise.steps.added_term import AddedTerm
from counterpoise.steps.mixing import drawable, drawn
from counterpoise.steps.step import Seen
from counterpoise.steps.together import stream_of
from counterpoise.trackers import MeanTeacher
from counterpoise.trackers.weight_average import take_modes

Mixes = Literal["logits", "predictions"]
RELEASED_WEIGHT = Ramped(100.0, 0.25)


@final
class Interpolation(AddedTerm):
    """Adds the cost of interpolation consistency training (Verma et al., IJCAI 2019) as the term "ict".

    The student reads mixed unlabeled inputs and learns the mixture of what a `MeanTeacher` says about them
    unmixed; there is one share ``lam ~ Beta(alpha, alpha)`` and one permutation per batch, and each process mixes its
    own rows. As in the release the student's batch norms track the mixed inputs, apart from the labeled ones. It goes
    with `Mixup` of the labeled samples.

    Args:
        net: the student as it is at the start.
        alpha: at least 0.01 (release: 1 on CIFAR, 0.1 on SVHN).
        mixes: what of the teacher is mixed: its "logits", as in the release, or its "predictions", as in the paper.
        weight: of the cost, from (epoch, epochs) (release: rises to 100 over 100 of 400 epochs).
        decay: of the teacher, see `counterpoise.trackers.MeanTeacher`.
        reads: name of the stream.

    Raises:
        InputError: alpha is out of range, or something else to mix.
    """

    name = "ict"

    def __init__(
        self,
        net: Net,
        *,
        alpha: float = 1.0,
        mixes: Mixes = "logits",
        weight: ByEpoch = RELEASED_WEIGHT,
        decay: float = 0.999,
        reads: str = "unlabeled",
    ) -> None:
        super().__init__(weight)
        if mixes not in get_args(Mixes):
            raise InputError(f"mixes must be one of {', '.join(get_args(Mixes))}, but {mixes!r} came")
        self.alpha, self.reads = drawable(alpha), reads
        self.mixes: Mixes = mixes
        self.teacher, self.cost = MeanTeacher(net, decay=decay), SoftmaxMSE()

    def term(self, net: Net, seen: Seen) -> Tensor:
        """Mean cost over the samples, ()."""
        take_modes(self.teacher.net, net)
        inputs = stream_of(seen, self.reads).inputs
        share, order = drawn(self.alpha, inputs)
        targets = mixed_targets(self.teacher(inputs), share, order, mixes=self.mixes)
        return self.cost(net(interpolated(inputs, share, order)), targets)

    def update(self, net: Net, seen: Seen) -> None:
        """Move the teacher."""
        self.teacher.update(net)


def interpolated(rows: Tensor, share: float, order: Tensor) -> Tensor:
    """``share * rows + (1 - share) * rows[order]``; (B, ...), (B,) -> (B, ...)."""
    return torch.lerp(rows[order], rows, share)


def mixed_targets(logits: Tensor, share: float, order: Tensor, *, mixes: Mixes) -> Tensor:
    """Logits whose softmax is the mixture: of logits, or of predictions; (B, C), (B,) -> (B, C)."""
    if mixes == "logits":
        return interpolated(logits, share, order)
    return interpolated(logits.softmax(dim=1), share, order).log()
