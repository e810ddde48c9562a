"""What two processes compute together for detectors, written by each to ``RANK.pt``."""

import os
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from counterpoise.classifiers import DeconfoundedClassifier
from counterpoise.data.data import DETECTION, Facts
from counterpoise.data.objects import Objects
from counterpoise.data.scenes import SceneBatch
from counterpoise.data.streams import Batch
from counterpoise.detection import Detector, detector_of
from counterpoise.distributed import rank, sum_over_processes, world_size
from counterpoise.losses import CrossEntropy, FederatedLoss, GroupSoftmaxLoss, Loss
from counterpoise.steps import Detect, Objective, Track, supervised
from counterpoise.trackers import HeadDirection

SHARES = ((0, 1, 0, 1), (0, 1, 1), (0, 0, 1, 1))
"""Which process has each picture. In the last sharing the second process has pictures without objects alone."""
OBJECTS = (((1, 5, 5, 20, 25), (2, 24, 8, 40, 30)), ((1, 10, 12, 30, 34),), (), ())
"""Label and box of the objects of each picture."""


def facts() -> Facts:
    known = Objects((1, 2), (2, 1), ("f", "r"), masks=False, federated=False)
    shape, size = (3, 40, 48), {"train": 4}
    means = (0.5,) * 3
    return Facts("x", DETECTION, "image", shape, ("a", "b"), (2, 1), size, means, means, "", objects=known)


def detector() -> Detector:
    """A cascade that learns from all of its proposals, so that nothing is drawn."""
    torch.manual_seed(0)
    net = detector_of("cascade_rcnn", "auto", facts(), DeconfoundedClassifier)
    for stage in net.backbone.by_place.values():
        stage.heads.fg_bg_sampler.batch_size_per_image = 10**6
        stage.heads.fg_bg_sampler.positive_fraction = 1.0
    return net.train()


def batch(share: tuple[int, ...]) -> Batch:
    """The pictures of this process."""
    generator = torch.Generator().manual_seed(1)
    images = [torch.rand(3, 40, 48, generator=generator) for _ in share]
    mine = [number for number, owner in enumerate(share) if world_size() == 1 or owner == rank()]
    return Batch(
        SceneBatch([images[number] for number in mine], [shown(number) for number in mine]),
        torch.tensor([len(OBJECTS[number]) for number in mine]),
        torch.tensor(mine),
    )


def shown(picture: int) -> dict[str, Tensor]:
    rows = torch.tensor(OBJECTS[picture], dtype=torch.float32).view(-1, 5)
    return {"boxes": rows[:, 1:], "labels": rows[:, 0].long()}


def looked() -> list[dict[str, Tensor]]:
    """Head directions, and value and gradient of the loss of all stages; for each sharing."""
    found = []
    for share in SHARES:
        net, given = detector(), batch(share)
        track = Track({place: HeadDirection(one.dim) for place, one in net.classifiers.items()})
        objective: Objective = supervised(CrossEntropy(), Detect()).after("score", track=track)
        seen = objective(net, {"train": given})
        value = seen.terms["loss"] * len(given) / len(share)
        gradients = torch.autograd.grad(value, [*net.classifier.parameters()])
        objective.update(net, seen)
        mine = torch.tensor([[len(one.features), one.foreground.sum()] for one in seen.sites.values()])
        slopes = torch.cat([one.flatten() for one in gradients])
        whole = [sum_over_processes(one.detach()) for one in (value, slopes, mine)]
        directions = {place: track.at(place).average for place in net.classifiers}
        sums = dict(zip(("value", "gradient", "rows"), whole, strict=True))
        found.append({**sums, **directions, "mine": mine})
    return found


def supervising() -> list[dict[str, Tensor]]:
    """Losses that look at the whole batch, and their gradients; for each sharing of 8 regions."""
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(8, 7, generator=generator, dtype=torch.float64)
    cases: list[tuple[Loss, Tensor, Tensor]] = [
        (
            GroupSoftmaxLoss(torch.tensor([1, 0, 1]), others=0.7),
            logits,
            torch.tensor([0, 1, 2, 0, 0, 3, 0, 0]),
        ),
        (
            FederatedLoss(torch.tensor([50, 9, 4, 3, 2]), heard=3),
            logits[:, :5],
            torch.tensor([5, 1, 5, 5, 5, 1, 5, 5]),
        ),
    ]
    rows = [slice(0, 8)] * 3 if world_size() == 1 else [(slice(0, n), slice(n, 8))[rank()] for n in (4, 2, 7)]
    return [averaged(*case, mine) for case in cases for mine in rows]


def averaged(loss: Loss, logits: Tensor, targets: Tensor, mine: slice) -> dict[str, Tensor]:
    """Value and gradient as training on several processes has them; each has random numbers of its own."""
    torch.manual_seed(rank())
    shift = torch.zeros(logits.shape[1], dtype=logits.dtype, requires_grad=True)
    value = loss((logits + shift)[mine], targets[mine]) * len(targets[mine]) / len(targets)
    (gradient,) = torch.autograd.grad(value, shift)
    whole = [sum_over_processes(found.detach()) for found in (value, gradient)]
    return dict(zip(("value", "gradient"), whole, strict=True))


def main() -> None:
    """Compute everything."""
    torch.set_num_threads(1)
    if "WORLD_SIZE" in os.environ:
        dist.init_process_group("gloo")
    found: dict[str, Any] = {"looked": looked(), "supervising": supervising()}
    torch.save(found, f"{rank()}.pt")
    if dist.is_initialized():
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
