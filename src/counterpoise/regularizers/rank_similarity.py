"""RankSim: what is near in the targets shall be near in the features."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from counterpoise.bins import checked_edges, class_of, midpoints
from counterpoise.distributed import concatenate_rows, rank, world_size
from counterpoise.errors import InputError
from counterpoise.regularizers.regularizer import Regularizer


class RankSim(Regularizer):
    """Ranking similarity (Gong, Mori & Tung, ICML 2022): neighbours ranked by features as by targets.

    For every sample of the batch all samples are ranked by the cosine similarity of features, and by the distance of
    targets; the penalty is the mean squared difference of both rankings, summed over the samples. One sample of each
    distinct target takes part, drawn with torch's global random numbers. In a loop of your own: ``loss + gamma *
    rank_sim(features, targets)`` with gamma 100 for ages and 3e-4 for text similarity (paper; the features are those
    that enter the last linear layer). The slope of a ranking depends on what comes from above, see
    `normalized_rank`; so gamma is a factor outside and not a rate. With several processes each ranks the rows of all,
    see `whole_batch`, so that they compute what one does. Training and inference compute the same.

    Implemented from the paper's formula. The released code is licensed for non-commercial use, and there is a patent
    application on ranking-similarity losses; nothing else here needs this part.

    Args:
        interpolation: step lambda of the slope, above 0 (paper: 2).
        edges: of bins within which targets count as equal, see `counterpoise.bins`; None where only equal ones do.
            For batches of thousands of rows, such as places of images, whose comparison in pairs would not fit (ours).

    Raises:
        InputError: interpolation is not above 0.
    """

    edges: Tensor | None

    def __init__(self, *, interpolation: float = 2.0, edges: Tensor | None = None) -> None:
        super().__init__()
        if not interpolation > 0:
            raise InputError(f"interpolation must be above 0, but {interpolation} came; the paper has 2")
        self.interpolation = interpolation
        self.register_buffer("edges", None if edges is None else checked_edges(edges), persistent=False)

    def forward(self, features: Tensor, targets: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The penalty; (B, D), targets (B,) or (B, d) -> ()."""
        if self.edges is not None:
            targets = midpoints(self.edges)[class_of(targets, self.edges)]
        whole, values = whole_batch(with_slope(features, float(world_size()))), whole_batch(targets)
        rows = one_of_each(values)
        penalty = rank_similarity(whole[rows], values[rows], interpolation=self.interpolation)
        return with_slope(penalty, len(values) / (max(len(targets), 1) * world_size()))


def whole_batch(rows: Tensor) -> Tensor:
    """The rows of all processes, dealt out one by one, in the order of their one batch; (B, ...) -> (sum of B, ...).

    The rows of this process alone have a gradient. Training averages the gradients of the processes, each by its share
    of the rows. `RankSim` takes the share back before the ranking, whose slope depends on what comes from above, and
    the average after it.
    """
    if world_size() == 1:
        return rows
    places = torch.arange(len(rows), device=rows.device) * world_size() + rank()
    places, order = concatenate_rows(places).sort()
    whole = concatenate_rows(rows)[order]
    whole[places % world_size() == rank()] = rows
    return whole


def with_slope(tensor: Tensor, factor: float) -> Tensor:
    """The same numbers, whose gradient is multiplied."""
    same = tensor.view_as(tensor)
    if same.requires_grad:
        same.register_hook(lambda gradient: gradient * factor)
    return same


def rank_similarity(features: Tensor, targets: Tensor, *, interpolation: float) -> Tensor:
    """The penalty of `RankSim` for samples that all take part; (B, D), (B,) or (B, d) -> ().

    Targets of several numbers are compared by the sum of absolute differences (ours; the paper has one number).
    """
    unit = F.normalize(features.flatten(1), dim=1)
    values = targets.reshape(len(targets), -1)
    distances = (values.unsqueeze(1) - values).abs().sum(dim=2)
    wanted = ranks((-distances).to(features.dtype))
    found = normalized_rank(unit @ unit.T, interpolation=interpolation)
    return (found - wanted).square().mean(dim=1).sum()


def normalized_rank(scores: Tensor, *, interpolation: float) -> Tensor:
    """Ranks within each row, 1/n for the largest to 1 for the smallest, with a slope; (R, n) -> (R, n).

    A ranking is flat nearly everywhere. Its gradient is that of blackbox differentiation (Vlastelica et al., ICLR
    2020): ``-(r(s) - r(s + lambda g)) / (lambda + 1e-8)`` for the gradient g that comes from above.

    Args:
        scores: s, (R, n); of equal ones the later has the smaller rank, as in the released code.
        interpolation: the step lambda.
    """
    return _NormalizedRank.apply(scores, interpolation)  # pyright: ignore[reportReturnType]


class _NormalizedRank(torch.autograd.Function):
    """Ranks with the gradient that `normalized_rank` describes."""

    @staticmethod
    def forward(ctx: Any, scores: Tensor, interpolation: float) -> Tensor:
        found = ranks(scores)
        ctx.interpolation = interpolation
        ctx.save_for_backward(scores, found)
        return found

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        scores, found = ctx.saved_tensors
        moved = ranks(scores + ctx.interpolation * gradient)
        return (moved - found) / (ctx.interpolation + 1e-8), None


def ranks(scores: Tensor) -> Tensor:
    """Ranks within each row, without a slope; see `normalized_rank`; (R, n) -> (R, n)."""
    order = scores.argsort(dim=1, stable=True).flip(1)
    steps = torch.arange(1, scores.shape[1] + 1, dtype=scores.dtype, device=scores.device) / scores.shape[1]
    return torch.empty_like(scores).scatter_(1, order, steps.expand_as(scores))


def one_of_each(targets: Tensor) -> Tensor:
    """A random row of each distinct target, by rising target; (B, ...) -> (R,).

    Where no target repeats, all rows in their own order.
    """
    values, which = targets.unique(dim=0, return_inverse=True)
    rows = torch.arange(len(targets), device=targets.device)
    if len(values) == len(targets):
        return rows
    shuffled = torch.randperm(len(targets), device=targets.device)
    places = torch.full((len(values),), len(targets), device=targets.device)
    return shuffled[places.scatter_reduce(0, which[shuffled], rows, "amin")]
