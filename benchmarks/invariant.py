"""Invariant feature learning: a step with two environments against the forward-backward passes of both halves.

Goal: at most 1.05 x. What comes on top is to join the streams, the distances to the centers, to move them, and to see
and record how sure the net is. The optimizer is on neither side. A single pass over the whole batch is there for its
time.
"""

import torch
from timing import alternate, show

from counterpoise.backbones import CifarResNet32
from counterpoise.classifiers import LinearClassifier
from counterpoise.data.streams import Batch
from counterpoise.losses import CrossEntropy
from counterpoise.net import Net
from counterpoise.regularizers import CenterLoss
from counterpoise.steps import Environments, PullToCenters, every_epoch, supervised, total

BATCH, PIXELS, DIM, CLASSES, SAMPLES = 128, 32, 64, 100, 50_000


def half() -> Batch:
    """Random images of one environment."""
    images = torch.randn(BATCH // 2, 3, PIXELS, PIXELS).to(memory_format=torch.channels_last)
    return Batch(images, torch.randint(CLASSES, (BATCH // 2,)), torch.randint(SAMPLES, (BATCH // 2,)))


def main() -> None:
    """Measure all, in turn, in an epoch in which the centers pull and confidences are recorded."""
    print(f"threads {torch.get_num_threads()}, B {BATCH}, {PIXELS} px, C {CLASSES}, N {SAMPLES}, ResNet-32")
    net = Net(CifarResNet32(), LinearClassifier(DIM, CLASSES)).train()
    net = net.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    loss, streams = CrossEntropy(), {"train": half(), "environment1": half()}
    objective = supervised(loss).after(
        "encode",
        centers=PullToCenters(CenterLoss(DIM, CLASSES), lambda epoch, epochs: 0.005),
        environments=Environments(torch.randint(CLASSES, (SAMPLES,)), due=every_epoch),
    )
    objective.set_epoch(80, 100)
    inputs = torch.cat([batch.inputs for batch in streams.values()])
    targets = torch.cat([batch.targets for batch in streams.values()])  # pyright: ignore

    def halves() -> None:
        for batch in streams.values():
            loss(net(batch.inputs), batch.targets).backward()

    def whole() -> None:
        loss(net(inputs), targets).backward()

    def invariant() -> None:
        seen = objective(net, streams)
        total(seen.terms).backward()
        objective.update(net, seen)

    sides = {"two passes over halves": halves, "IFL step": invariant, "one pass over all": whole}
    show("step", alternate(sides, rounds=25), "two passes over halves")


if __name__ == "__main__":
    main()
