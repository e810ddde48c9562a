"""What two processes compute together for invariant learning, written by each to ``RANK.pt``."""

import os
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from counterpoise.classifiers import LinearClassifier
from counterpoise.data.streams import Batch
from counterpoise.distributed import rank, sum_over_processes, world_size
from counterpoise.losses import ClassWeighted, CrossEntropy, irm_l1_penalty, irm_v1_penalty
from counterpoise.net import Net
from counterpoise.regularizers import CenterLoss, cosine_distances, squared_distances
from counterpoise.steps import Environments, Seen, environment_mean, every_epoch, supervised
from counterpoise.trackers import Confidences, LossMemory

DIM, CLASSES, SIZE = 3, 4, 12
ROWS = (8, 7, 3, 1)
"""Rows of the whole batch, step by step."""


def dealt(whole: Tensor) -> Tensor:
    """The rows of this process."""
    return whole[rank() :: world_size()]


def batches() -> list[tuple[Tensor, Tensor, Tensor]]:
    """Features, targets, and index with repetitions, step by step; the same numbers in every process."""
    generator = torch.Generator().manual_seed(0)
    return [
        (
            torch.randn(rows, DIM, generator=generator, dtype=torch.float64),
            torch.randint(CLASSES, (rows,), generator=generator),
            torch.randint(SIZE, (rows,), generator=generator),
        )
        for rows in ROWS
    ]


def moved() -> list[Tensor]:
    """Centers after each step, for both distances, with mixed targets."""
    found = []
    for distance in (squared_distances, cosine_distances):
        torch.manual_seed(0)
        loss = CenterLoss(DIM, CLASSES, distance=distance).double()
        for features, targets, _ in batches():
            mixture = [(0.25, dealt(targets)), (0.75, dealt(targets.flip(0)))]
            loss.update(dealt(features), mixture, share=0.5)
            found.append(loss.centers.clone())
    return found


def recorded() -> Tensor:
    """Confidences of samples of which some come several times."""
    tracker = Confidences(SIZE).double()
    for features, _, index in batches():
        tracker.record(dealt(index), dealt(features[:, 0].sigmoid()))
    tracker.close_epoch()
    return tracker.latest


def remembered() -> list[Tensor]:
    """Running losses after each step, and those of the process's rows beside the largest of their class."""
    memory, found = LossMemory(torch.arange(SIZE) % CLASSES, CLASSES).double(), []
    for features, _, index in batches():
        memory.update(dealt(index), dealt(features[:, 0].abs()))
        found.append(memory.average.clone())
    return [*found, memory.relative(torch.arange(SIZE))]


def penalized() -> list[dict[str, Tensor]]:
    """Penalties of scores, as training has them: the mean weighted by rows."""
    return [
        averaged(lambda rows, targets, term=term: term(rows, targets), features, targets)
        for term in (irm_v1_penalty, irm_l1_penalty)
        for features, targets, _ in batches()[:3]
    ]


def averaged(term: Callable[[Tensor, Tensor], Tensor], outputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
    """Value and gradient of a term of the process's rows, weighted by their number, summed."""
    leaf, targets = outputs.clone().requires_grad_(), targets % DIM
    value = term(dealt(leaf), dealt(targets)) * len(dealt(targets)) / len(targets)
    (gradient,) = torch.autograd.grad(value, leaf)
    return {"value": sum_over_processes(value.detach()), "gradient": sum_over_processes(gradient)}


def meant() -> list[dict[str, Tensor]]:
    """The mean over two environments of other sizes, of a loss and of a penalty."""
    (one, first, _), (two, second, _), *_ = batches()
    leaf, sizes = torch.cat([one, two]).requires_grad_(), (len(one), len(two))
    targets, found = torch.cat([first, second]) % DIM, []
    terms = (ClassWeighted(CrossEntropy(), torch.tensor([0.1, 1.0, 5.0]).double()), irm_v1_penalty)
    for term in terms:
        parts = zip(leaf.split(sizes), targets.split(sizes), strict=True)
        streams = {
            f"environment{number}": Batch(dealt(rows), dealt(labels), dealt(torch.arange(len(rows))))
            for number, (rows, labels) in enumerate(parts)
        }
        outputs = torch.cat([batch.inputs for batch in streams.values()])
        labels = torch.cat([batch.targets for batch in streams.values() if batch.targets is not None])
        seen = Seen(streams, outputs=outputs, mixture=((1.0, labels),))
        value = environment_mean(seen, term) * len(labels) / len(targets)
        (gradient,) = torch.autograd.grad(value, leaf)
        found.append({"value": sum_over_processes(value.detach()), "gradient": sum_over_processes(gradient)})
    return found


def watched() -> Tensor:
    """What environments have recorded in an epoch in which both streams saw some samples several times."""
    classifier = LinearClassifier(DIM, DIM, bias=False).double()
    classifier.load_state_dict({"linear.weight": torch.eye(DIM)})
    net, step = Net(nn.Identity(), classifier), Environments(torch.arange(SIZE) % DIM, due=every_epoch)
    objective = supervised(CrossEntropy()).after("encode", environments=step.double())
    objective.set_epoch(0, 1)
    steps = batches()
    for (one, _, first), (two, _, second) in pairwise(steps[:3]):
        streams = {
            f"environment{number}": Batch(dealt(rows), dealt(index % DIM), dealt(index))
            for number, (rows, index) in enumerate([(one, first), (two, second)])
        }
        objective.update(net, objective(net, streams))
    objective.after_epoch(net)
    return step.confidences.latest


def main() -> None:
    """Compute everything."""
    torch.set_num_threads(1)
    if "WORLD_SIZE" in os.environ:
        dist.init_process_group("gloo")
    found: dict[str, Any] = {
        "moved": moved(),
        "recorded": recorded(),
        "remembered": remembered(),
        "penalized": penalized(),
        "meant": meant(),
        "watched": watched(),
    }
    torch.save(found, f"{rank()}.pt")
    if dist.is_initialized():
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
