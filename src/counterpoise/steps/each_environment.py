"""Losses and penalties of each environment by itself."""

from collections.abc import Callable
from typing import final

import torch
from torch import Tensor

from counterpoise.distributed import sum_over_processes
from counterpoise.errors import InputError
from counterpoise.losses.loss import Loss
from counterpoise.net import Net
from counterpoise.ramps import ByEpoch
from counterpoise.steps.added_term import AddedTerm
from counterpoise.steps.step import Seen
from counterpoise.steps.supervision import Supervision

Penalty = Callable[[Tensor, Tensor], Tensor]
"""Outputs and targets -> one number; (B, C), (B,) -> ()."""


@final
class SuperviseEnvironments(Supervision):
    """Outputs and targets -> the term "loss": the mean over the environments of the loss of each.

    Beside `Supervise`, which takes the mean over all rows, this differs where the streams have batches of other sizes,
    or the loss divides by weights of a batch.

    Args:
        loss: called with outputs and targets of one environment; mixed targets give a mixture of losses.
    """

    def term(self, seen: Seen) -> Tensor:
        """Mean of the losses, ()."""
        return environment_mean(seen, self.loss)

    def with_loss(self, loss: Loss) -> "SuperviseEnvironments":
        """The same with another loss."""
        return SuperviseEnvironments(loss)


@final
class PenalizeEnvironments(AddedTerm):
    """Outputs and targets -> a weighed term of its own name: the mean over the environments of a penalty on each.

    For `irm_v1_penalty`. Its place is after "score".

    Args:
        name: of the term.
        penalty: of outputs and targets.
        weight: by epoch.
    """

    def __init__(self, name: str, penalty: Penalty, *, weight: ByEpoch) -> None:
        super().__init__(weight)
        self.name, self.penalty = name, penalty

    def term(self, net: Net, seen: Seen) -> Tensor:
        """Mean of the penalties, ()."""
        return environment_mean(seen, self.penalty)


def environment_rows(seen: Seen) -> list[slice]:
    """Where each stream with targets lies in the joined batch.

    Raises:
        InputError: the joined batch is not that of the streams.
    """
    sizes = [len(batch) for batch in seen.streams.values() if batch.targets is not None]
    if not sizes or not seen.mixture or sum(sizes) != len(seen.mixture[0][1]):
        raise InputError(
            "environments need the rows of all labelled streams, one behind the other; keep the step 'join', and put "
            "no step between that adds or drops rows"
        )
    ends = torch.tensor(sizes).cumsum(0).tolist()
    return [slice(end - size, end) for end, size in zip(ends, sizes, strict=True)]


def environment_mean(seen: Seen, term: Penalty) -> Tensor:
    """Mean over the environments of a term of each, see `environment_terms`; ()."""
    terms = environment_terms(seen, term)
    return torch.stack(list(terms.values())).sum() / len(terms)


def environment_terms(seen: Seen, term: Penalty) -> dict[str, Tensor]:
    """A term of each stream with targets, by its name, each ().

    With several processes the mean of what they return, weighted by their rows, is that of the whole batch.

    Raises:
        InputError: see `environment_rows`.
    """
    rows = environment_rows(seen)
    mine = [one.stop - one.start for one in rows]
    whole = sum_over_processes(torch.tensor(mine, device=seen.outputs.device)).tolist()
    factors = [own / size * sum(whole) / sum(mine) for own, size in zip(mine, whole, strict=True)]
    names = [name for name, batch in seen.streams.items() if batch.targets is not None]
    return {
        name: factor * mixture_of(term, seen, one)
        for name, one, factor in zip(names, rows, factors, strict=True)
    }


def mixture_of(term: Penalty, seen: Seen, rows: slice) -> Tensor:
    """The term of some rows, mixed as their targets are, ()."""
    return torch.stack(
        [share * term(seen.outputs[rows], targets[rows]) for share, targets in seen.mixture]
    ).sum()
