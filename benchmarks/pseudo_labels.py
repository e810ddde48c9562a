"""Pseudo-labels of packed images: all that self-training does to label its pool, against inference alone.

Goal: at least 90 % of the speed of the same net over the same batches that lie in memory as float32 already. What
comes on top is to read and normalise the pixels, and softmax and maximum.
"""

import torch
from timing import alternate, show
from training_throughput import random_data

from counterpoise.backbones import CifarResNet32
from counterpoise.classifiers import LinearClassifier
from counterpoise.data.streams import Stream
from counterpoise.net import Net
from counterpoise.recipes.self_training import labels_of
from counterpoise.samplers import InOrder
from counterpoise.training.encode import encode
from counterpoise.training.stage import Now

IMAGES, BATCH, THREADS = 10_000, 256, 2


def main() -> None:
    """Measure both, in turn."""
    torch.set_num_threads(THREADS)
    print(f"threads {THREADS}, N {IMAGES}, B {BATCH}, ResNet-32 at 32 px")
    data, net = random_data(IMAGES), Net(CifarResNet32(), LinearClassifier(64, 10))
    net = net.to(memory_format=torch.channels_last).eval()  # pyright: ignore[reportCallIssue]
    pool, now = data.splits["train"], Now(data, net, encode)
    stream = Stream(pool, InOrder(IMAGES), BATCH, data.facts.plain, drop_last=False)
    ready = [batch.inputs for batch in stream.batches(seed=(0,))]

    @torch.no_grad()
    def infer() -> None:
        for inputs in ready:
            net(inputs)

    sides = {"inference alone": infer, "pseudo-labels": lambda: labels_of(now, pool)}
    medians = alternate(sides, rounds=3, warmup=1)
    show("all images", medians, "inference alone")
    print(f"  {medians['inference alone'] / medians['pseudo-labels']:.1%} of the speed")


if __name__ == "__main__":
    main()
