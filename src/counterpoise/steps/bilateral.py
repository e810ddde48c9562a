"""Two batches through two branches, mixed, with more and more weight on the rare classes (BBN)."""

from collections.abc import Callable
from dataclasses import replace
from typing import final

import torch
from torch import Tensor

from counterpoise.backbones import Branching
from counterpoise.data.streams import Batch
from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.steps.step import Seen, Step


def bilateral_share(epoch: int, epochs: int, divisor: int | None = None) -> float:
    """Share of the conventional branch, ``1 - (epoch / T)^2``: BBN's parabolic decay (Zhou et al., CVPR 2020).

    It is 1 in the first epoch and ends just above 0. The released code counts epochs from 1 and takes one off.

    Args:
        epoch: from 0.
        epochs: length of the training.
        divisor: T; None stands for ``epochs``, as in the paper.

    Raises:
        InputError: the share would be negative.
    """
    length = epochs if divisor is None else divisor
    if length < max(epoch, 1):
        raise InputError(f"epoch {epoch} needs a divisor of at least {max(epoch, 1)}, but {length} came")
    return 1 - (epoch / length) ** 2


def released_bilateral_share(epoch: int, epochs: int) -> float:
    """`bilateral_share` as released: 90 epochs have the divisor 100, 180 have 200, all others their own length."""
    return bilateral_share(epoch, epochs, {90: 100, 180: 200}.get(epochs))


def bilateral_mix(conventional: Tensor, rebalancing: Tensor, share: float) -> Tensor:
    """Features of both branches side by side, weighed: ``2 [a f_c ; (1 - a) f_r]``.

    In the paper two classifiers W_c and W_r score ``a f_c`` and ``(1 - a) f_r``, and the logits are added. One
    linear layer over both side by side is the same, as released; it has one bias, where the paper has none. The
    factor 2 is the released code's: at inference the features stand side by side with no weights, which is this
    mix at a = 0.5.

    Args:
        conventional: f_c, (B, D).
        rebalancing: f_r, (B, D).
        share: a, in 0 .. 1.

    Returns:
        (B, 2D); what a share of 0 or 1 takes out gets a gradient of zero.

    Raises:
        InputError: the branches have not as many rows.
    """
    if len(conventional) != len(rebalancing):
        raise InputError(
            "the branches must have as many rows to be mixed, but "
            f"{len(conventional)} and {len(rebalancing)} came; give both streams one batch size"
        )
    return 2 * torch.cat([share * conventional, (1 - share) * rebalancing], dim=1)


@final
class BilateralBranch(Step):
    """Encodes two streams, each through its own branch, and mixes features and targets row by row.

    The step of BBN in training; it stands where join and encode are in ordinary learning. The stream "train", as
    the data are, goes through the conventional branch, and then the stream "rebalancing", rare classes first,
    through the other: two passes, so that batch statistics of the shared trunk follow both distributions in turn,
    as in the released code. Scores of the mixed features are held to both sets of targets, with the shares a and
    1 - a. At inference the whole backbone is used, with no weights.

    A mixed row is no one sample, so inputs and index stay empty, and no step can come before "encode".

    Args:
        schedule: the share a of the conventional branch, from (epoch, epochs). The paper's is the default.
    """

    def __init__(self, schedule: Callable[[int, int], float] = bilateral_share) -> None:
        super().__init__()
        self.schedule = schedule
        self.share = 1.0

    def set_epoch(self, epoch: int, epochs: int) -> None:
        """Set the share of this epoch."""
        self.share = self.schedule(epoch, epochs)

    def forward(self, net: Net, seen: Seen) -> Seen:
        """Two streams -> features (B, 2D) and a mixture of targets.

        Raises:
            InputError: a stream is missing or without labels, the streams differ in rows, or the backbone has no
                two branches.
        """
        train, rebalancing = (labeled(seen, name) for name in ("train", "rebalancing"))
        backbone = branching(net)
        features = bilateral_mix(
            backbone.conventional_features(train.inputs),
            backbone.rebalancing_features(rebalancing.inputs),
            self.share,
        )
        mixture = ((self.share, train.targets), (1 - self.share, rebalancing.targets))
        return replace(seen, features=features, mixture=mixture)


def labeled(seen: Seen, name: str) -> Batch:
    """The batch of a stream that must be there."""
    if name not in seen.streams or seen.streams[name].targets is None:
        raise InputError(
            f"two branches learn from labelled streams 'train' and 'rebalancing', but {name!r} is missing among "
            f"{', '.join(seen.streams)} or has no labels"
        )
    return seen.streams[name]


def branching(net: Net) -> Branching:
    """The backbone, where it has two branches."""
    if not isinstance(net.backbone, Branching):
        raise InputError(
            f"a backbone with two branches is needed, but {type(net.backbone).__name__} came; two_branch_backbone "
            "makes one"
        )
    return net.backbone
