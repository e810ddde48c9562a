"""Momentum contrast: each sample is told from earlier ones by the features of another view of it."""

from collections.abc import Callable
from dataclasses import replace
from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor

from counterpoise.distributed import concatenate_rows, rank, sum_over_processes, world_size
from counterpoise.errors import InputError
from counterpoise.losses.closed_form import at_least_float32
from counterpoise.losses.queue_contrast import queue_contrast
from counterpoise.net import Net
from counterpoise.steps.step import Seen, Step
from counterpoise.steps.together import stream_of
from counterpoise.trackers import FeatureQueue
from counterpoise.trackers.weight_average import frozen_copy, move_towards, take_modes


@final
class MomentumContrast(Step):
    """Adds the contrastive loss of MoCo (He et al., CVPR 2020; v2: Chen et al., 2020) as the term "contrast".

    The net's classifier is a projector: a `LinearClassifier` (v1) or a `Projector` (v2). The key encoder, a copy of
    the net without gradient, first moves towards it (parameters only; its batch-norm statistics are its own), then
    encodes the keys; after the optimizer's step the queue takes them in. Labels are not read; alone it is a whole
    objective.

    Batch norm lets a net tell its own key by the statistics that query and key share. So keys are encoded in another
    mixture of rows than queries: rows are shuffled over all processes, whose batch norms each see their own. One
    process has nobody to shuffle with; ``shares`` lets each process normalise its batch in several parts, as so
    many processes would. Without batch norm the shuffle changes nothing.

    Args:
        net: the query encoder as it is at the start.
        queue: number of earlier keys K, a multiple of the batch size over all processes (paper: 65536).
        decay: of the key encoder (paper: 0.999).
        temperature: of the logits (v2: 0.2; v1: 0.07).
        shares: parts in which each process normalises its batch (the release has one for each of 8 processes).
        query: name of the stream of queries.
        key: name of the stream of other views of the same samples.

    Raises:
        InputError: decay outside 0 .. 1 or no share; when called, fewer rows than shares.
    """

    def __init__(
        self,
        net: Net,
        *,
        queue: int = 65536,
        decay: float = 0.999,
        temperature: float = 0.2,
        shares: int = 1,
        query: str = "unlabeled",
        key: str = "strong",
    ) -> None:
        super().__init__()
        if not 0 <= decay <= 1 or shares < 1:
            raise InputError(
                f"expected a decay in 0 .. 1 and at least 1 share, but {decay} and {shares} came"
            )
        self.keys, self.queue = frozen_copy(net), FeatureQueue(net.classifier.num_classes, size=queue)
        self.decay, self.temperature, self.shares = decay, temperature, shares
        self.reads = {"query": query, "key": key}

    def forward(self, net: Net, seen: Seen) -> Seen:
        """Move the key encoder, and add the term."""
        move_towards(self.keys, net, decay=self.decay)
        take_modes(self.keys, net)
        queries, keys = (stream_of(seen, self.reads[view]).inputs for view in ("query", "key"))
        self.newest = shuffled(lambda rows: projected(self.keys, rows, self.shares), keys)
        projections = projected(net, queries, self.shares)
        costs = queue_contrast(projections, self.newest, self.queue.rows, temperature=self.temperature)
        return replace(seen, terms={**seen.terms, "contrast": costs.mean()})

    def update(self, net: Net, seen: Seen) -> None:
        """Put the keys in the queue."""
        self.queue.update(self.newest)


def projected(net: Net, inputs: Tensor, shares: int) -> Tensor:
    """Unit projections, the batch normalised in so many parts; (B, ...) -> (B, P)."""
    if len(inputs) < shares:
        raise InputError(f"{len(inputs)} rows cannot be normalised in {shares} shares; ask for fewer")
    parts = [net(part) for part in inputs.tensor_split(shares)]
    return F.normalize(at_least_float32(torch.cat(parts)))


@torch.no_grad()
def shuffled(encode: Callable[[Tensor], Tensor], inputs: Tensor) -> Tensor:
    """Encode rows in another order and, of several processes, by another one; (B, ...) -> (B, P)."""
    whole = concatenate_rows(inputs)
    owners = concatenate_rows(torch.full((len(inputs),), rank(), device=inputs.device))
    order = agreed_order(len(whole), inputs.device)
    found = concatenate_rows(encode(whole[order.tensor_split(world_size())[rank()]]))
    return found[order.argsort()][owners == rank()]


def agreed_order(rows: int, device: torch.device) -> Tensor:
    """A permutation that is the same in every process, from the CPU generator of the first; (N,)."""
    order = torch.randperm(rows).to(device)
    return sum_over_processes(order if rank() == 0 else torch.zeros_like(order))
