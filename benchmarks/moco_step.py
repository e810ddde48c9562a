"""Momentum contrast: a step against its two forward passes and one backward pass.

Goal: at most 1.15 x. What comes on top is to move the key encoder, to shuffle, the similarities with all keys of the
queue and their cross-entropy, and to put the new keys in. The optimizer is on neither side.
"""

import torch
from timing import alternate, show

from counterpoise.backbones import CifarResNet32
from counterpoise.classifiers import Projector
from counterpoise.data.streams import Batch
from counterpoise.net import Net
from counterpoise.steps import MomentumContrast, Seen

BATCH, PIXELS, DIM, QUEUE, THREADS = 128, 32, 128, 65_536, 2


def view() -> Batch:
    """A batch of random images without labels."""
    images = torch.randn(BATCH, 3, PIXELS, PIXELS).to(memory_format=torch.channels_last)
    return Batch(images, None, torch.arange(BATCH))


def main() -> None:
    """Measure both, in turn."""
    torch.set_num_threads(THREADS)
    print(f"threads {THREADS}, B {BATCH}, {PIXELS} px, P {DIM}, K {QUEUE}, ResNet-32")
    net = Net(CifarResNet32(), Projector(64, DIM)).train()
    net = net.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    step, seen = MomentumContrast(net, queue=QUEUE), Seen({"unlabeled": view(), "strong": view()})
    query, key = (seen.streams[name].inputs for name in ("unlabeled", "strong"))

    def passes() -> None:
        with torch.no_grad():
            step.keys(key)
        net(query).sum().backward()

    def contrast() -> None:
        step(net, seen).terms["contrast"].backward()
        step.update(net, seen)

    sides = {"two forward, one backward": passes, "MoCo step": contrast}
    show("step", alternate(sides, rounds=15), "two forward, one backward")


if __name__ == "__main__":
    main()
