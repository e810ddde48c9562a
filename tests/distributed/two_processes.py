"""What two processes compute together, written by each to ``RANK.pt`` for the tests to look at."""

import os
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from counterpoise.bins import linear_edges
from counterpoise.classifiers import LinearClassifier
from counterpoise.data.data import Facts, Split
from counterpoise.data.samples import PackedImages
from counterpoise.data.streams import Batch
from counterpoise.distributed import concatenate_rows, gather_rows, rank, sum_over_processes, world_size
from counterpoise.losses import (
    BatchMonteCarloMSE,
    ClassWeighted,
    CrossEntropy,
    DiscreteConstrainedLoss,
    Loss,
    ride_loss,
)
from counterpoise.metrics import ShotAccuracy
from counterpoise.net import Net
from counterpoise.regularizers import DiscriminativeCentroidLoss, RankSim
from counterpoise.steps import MomentumContrast, Seen
from counterpoise.trackers import AdaptiveWeights, EqualShareThresholds, FeatureStatistics, HeadDirection
from counterpoise.training.encode import encode

SHARES = ((5, 3), (4, 0), (0, 0), (0, 6), (1, 1), (2, 7))
"""Rows of the first and of the second process, step by step."""
TOTALS = (1, 2, 3, 8, 9)


def batches() -> list[tuple[Tensor, Tensor]]:
    """The features of both processes, step by step; the same numbers in every process."""
    generator = torch.Generator().manual_seed(0)
    return [
        tuple(torch.randn(rows, 6, generator=generator, dtype=torch.float64) + 1 for rows in share)
        for share in SHARES
    ]  # pyright: ignore[reportReturnType]


def averages() -> list[Tensor]:
    """The head direction after each step, before it is scaled."""
    tracker, found = HeadDirection(6).double(), []
    for batch in batches():
        tracker.update(batch[rank()])
        found.append(tracker.average.clone())
    return found


def gathered() -> list[Tensor]:
    """Rows that were dealt out and come together again."""
    wholes = [torch.arange(total * 6).view(total, 2, 3) for total in TOTALS]
    return [gather_rows(whole[rank() :: world_size()], len(whole)) for whole in wholes]


def summed() -> dict[str, Any]:
    """A sum over processes, and what became of its input."""
    mine = torch.full((2,), float(rank() + 1), requires_grad=True)
    total = sum_over_processes(mine)
    return {"total": total, "mine": mine.detach(), "grad": total.requires_grad}


def encoded() -> list[Tensor]:
    """Features of splits smaller than, as large as, and larger than the number of processes."""
    torch.manual_seed(0)
    net = Net(nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten()), LinearClassifier(72, 2))
    facts = Facts("x", "classification", "image", (1, 8, 8), ("a", "b"), (1, 1), {}, (0.5,), (0.5,), "")
    return [encode(net, split(total), facts, batch_size=2) for total in (1, 2, 3, 9)]


def split(total: int) -> Split:
    """So many images."""
    pixels = torch.arange(total * 64).remainder(256).to(torch.uint8).view(total, 8, 8, 1)
    return Split(PackedImages(pixels), torch.zeros(total, dtype=torch.int64), tuple(map(str, range(total))))


def measured() -> dict[str, Any]:
    """Shot accuracies of predictions that are dealt out to the processes."""
    predictions, targets = torch.tensor([0, 1, 2, 2, 1, 0, 0]), torch.tensor([0, 1, 2, 1, 1, 2, 0])
    metric = ShotAccuracy(torch.tensor([200, 50, 5]))
    metric.update(predictions[rank() :: world_size()], targets[rank() :: world_size()])
    return metric.compute()


def weighted() -> list[dict[str, Tensor]]:
    """A class-weighted loss of logits of which the processes have shares, and its gradient; for each sharing."""
    logits = torch.randn(8, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    targets, weights = torch.tensor([0, 1, 2, 2, 0, 0, 0, 1]), torch.tensor([0.1, 1.0, 5.0]).double()
    loss = ClassWeighted(CrossEntropy(), weights)
    mine = [slice(0, 8)] * 3 if world_size() == 1 else [(slice(0, n), slice(n, 8))[rank()] for n in (4, 3, 7)]
    return [averaged(loss, logits, targets, rows) for rows in mine]


def averaged(loss: Loss, logits: Tensor, targets: Tensor, mine: slice) -> dict[str, Tensor]:
    """Value and gradient of a loss as training on several processes has them: the row-weighted mean."""
    shift = torch.zeros(logits.shape[1], dtype=logits.dtype, requires_grad=True)
    value = loss((logits + shift)[mine], targets[mine]) * len(targets[mine]) / len(targets)
    (gradient,) = torch.autograd.grad(value, shift)
    whole = [sum_over_processes(found.detach()) for found in (value, gradient)]
    return dict(zip(("value", "gradient"), whole, strict=True))


def diversified() -> list[dict[str, Tensor]]:
    """The re-weighted loss of RIDE for logits of three experts, and its gradient; for each sharing."""
    logits = 9 * torch.randn(8, 3 * 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    targets, loss = (
        torch.tensor([0, 1, 2, 2, 0, 0, 0, 1]),
        ride_loss(torch.tensor([90.0, 9, 3]).double(), 3, start=0),
    )
    mine = [slice(0, 8)] * 3 if world_size() == 1 else [(slice(0, n), slice(n, 8))[rank()] for n in (4, 3, 7)]
    return [averaged(loss, logits, targets, rows) for rows in mine]


def pulled() -> list[dict[str, Tensor]]:
    """The centroid loss and its gradients as training has them; for two margins, each sharing.

    The mean squared distance of the whole batch is 9. With 4 rows in the first process the means of the two are 4
    and 14, on either side of both margins.
    """
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(8, 3, generator=generator, dtype=torch.float64)
    features[5:] *= 3
    centroids = torch.randn(4, 3, generator=generator, dtype=torch.float64, requires_grad=True)
    targets, found = torch.tensor([0, 1, 2, 2, 0, 0, 0, 1]), []
    for margin in (5.0, 12.0):
        loss = DiscriminativeCentroidLoss(margin=margin, repel_weight=0.3)
        for first in (4, 3, 7):
            mine = slice(0, 8) if world_size() == 1 else (slice(0, first), slice(first, 8))[rank()]
            shift = torch.zeros(3, dtype=torch.float64, requires_grad=True)
            value = loss((features + shift)[mine], targets[mine], centroids) * len(targets[mine]) / 8
            tensors = (value.detach(), *torch.autograd.grad(value, [shift, centroids]))
            whole = [sum_over_processes(tensor) for tensor in tensors]
            found.append(dict(zip(("value", "features", "centroids"), whole, strict=True)))
    return found


def concatenated() -> list[Tensor]:
    """Unequal shares of rows, one behind the other."""
    return [concatenate_rows(batch[rank()]) for batch in batches()]


def regressed() -> list[dict[str, Tensor]]:
    """Regression losses that look at the whole batch, and their gradients as training has them; each sharing."""
    predictions, targets = 3 * torch.randn(2, 8, 2, generator=torch.Generator().manual_seed(0)).double()
    losses = (BatchMonteCarloMSE(noise_sigma=2.0).double(), DiscreteConstrainedLoss(linear_edges(-3, 3, 6)))
    found = []
    for loss in losses:
        for first in (4, 3, 7):
            mine = slice(0, 8) if world_size() == 1 else (slice(0, first), slice(first, 8))[rank()]
            found.append(averaged_regression(loss, predictions, targets, mine))
    return found


def averaged_regression(loss: Loss, predictions: Tensor, targets: Tensor, mine: slice) -> dict[str, Tensor]:
    """Value and gradient of a loss as training on several processes has them: the row-weighted mean."""
    leaf = predictions.clone().requires_grad_()
    value = loss(leaf[mine], targets[mine]) * len(targets[mine]) / len(targets)
    (gradient,) = torch.autograd.grad(value, leaf)
    whole = [sum_over_processes(tensor.detach()) for tensor in (value, gradient)]
    return dict(zip(("value", "gradient"), whole, strict=True))


def ranked() -> list[dict[str, Tensor]]:
    """Ranking similarity of rows that are dealt out one by one, some with equal targets; value and gradient."""
    features = torch.randn(9, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    targets, found = torch.tensor([3.0, 1, 4, 1, 5, 9, 2, 6, 5]), []
    for rows in (8, 9, 1):
        mine = slice(rank(), rows, world_size())
        leaf, share = features[:rows].clone().requires_grad_(), len(targets[:rows][mine]) / rows
        torch.manual_seed(0)
        value = RankSim()(leaf[mine], targets[:rows][mine])
        (slope,) = torch.autograd.grad(100 * value * share * world_size(), leaf)
        found.append({"value": value.detach(), "gradient": sum_over_processes(slope) / world_size()})
    return found


def smoothed() -> dict[str, Tensor]:
    """Statistics of epochs of features of which the processes have unequal shares, or none."""
    tracker = FeatureStatistics(6, 4, kernel_size=3).double()
    for batch in batches():
        buckets = [torch.arange(len(rows)) % 4 for rows in batch]
        whole = (torch.cat(batch), torch.cat(buckets))
        tracker.observe(*(whole if world_size() == 1 else (batch[rank()], buckets[rank()])))
        tracker.close_epoch()
    return dict(tracker.state_dict())


def contrasted() -> dict[str, Tensor]:
    """Two steps of momentum contrast on equal shares of rows, with batch norms: term, gradients, and the queue.

    One process normalises its batch in as many shares as the processes have.
    """
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(3, 6, generator=generator, dtype=torch.float64)
    net = Net(nn.BatchNorm1d(6), LinearClassifier(6, 3)).double()
    net.classifier.load_state_dict({"linear.weight": weight, "linear.bias": weight[:, 0]})
    step = MomentumContrast(net, queue=16, shares=2 // world_size()).double()
    step.queue.rows.copy_(torch.randn(16, 3, generator=generator, dtype=torch.float64))
    found: dict[str, Tensor] = {}
    for number in range(2):
        views = torch.randn(2, 8, 6, generator=generator, dtype=torch.float64).chunk(world_size(), dim=1)[
            rank()
        ]
        streams = {
            name: Batch(view, None, torch.arange(len(view)))
            for name, view in zip(("unlabeled", "strong"), views, strict=True)
        }
        seen = step(net, Seen(streams))
        mean = seen.terms["contrast"] / world_size()
        slopes = torch.autograd.grad(mean, list(net.parameters()))
        step.update(net, seen)
        found[f"term{number}"] = sum_over_processes(mean.detach())
        found |= {f"slope{number}.{i}": sum_over_processes(slope) for i, slope in enumerate(slopes)}
    return {**found, "queue": step.queue.rows, "pointer": step.queue.pointer}


def trusted() -> dict[str, Tensor]:
    """Thresholds and weights after epochs of which the processes have seen unequal shares, or nothing."""
    rules = (EqualShareThresholds(torch.arange(6), threshold=0.5), AdaptiveWeights(6, threshold=0.4))
    for batch in batches():
        mine = torch.cat(batch) if world_size() == 1 else batch[rank()]
        for rule in rules:
            if len(mine):
                rule.observe((3 * mine).softmax(dim=1))
    for rule in rules:
        rule.close_epoch()
    return {name: tensor for rule in rules for name, tensor in rule.state_dict().items()}


def main() -> None:
    """Compute everything."""
    torch.set_num_threads(1)
    if "WORLD_SIZE" in os.environ:
        dist.init_process_group("gloo")
    found = {
        "places": (rank(), world_size()),
        "averages": averages(),
        "gathered": gathered(),
        "summed": summed(),
        "encoded": encoded(),
        "measured": measured(),
        "weighted": weighted(),
        "diversified": diversified(),
        "pulled": pulled(),
        "concatenated": concatenated(),
        "regressed": regressed(),
        "ranked": ranked(),
        "smoothed": smoothed(),
        "contrasted": contrasted(),
        "trusted": trusted(),
    }
    torch.save(found, f"{rank()}.pt")
    if dist.is_initialized():
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
