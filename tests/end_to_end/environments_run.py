"""Trains in FOLDER with what is remembered of each sample: by a METHOD, "ifl", "experts", "irm" or "failure".

Ends itself with SIGKILL after some STEPS, 0 for never.
"""

import os
import signal
import sys
from dataclasses import replace

import torch

from counterpoise.data import Data
from counterpoise.data.sources import Source, load
from counterpoise.net import Net
from counterpoise.recipes import cross_entropy, ifl, irm, learning_from_failure, ride
from counterpoise.steps import Seen, Step
from counterpoise.training import Experiment, Hardware, Training, run


class Fatal(Step):
    """Counts the steps of this process and ends it at one of them."""

    def __init__(self, last: int) -> None:
        super().__init__()
        self.left = last

    def update(self, net: Net, seen: Seen) -> None:
        """Count down."""
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def made(method: str, data: Data) -> Experiment:
    """The experiment of a method; environments are rebuilt on the way."""
    training = Training(epochs=4, batch_size=378)
    if method == "failure":
        return learning_from_failure(data, training=replace(training, batch_size=126), form="original")
    if method == "irm":
        return irm(cross_entropy(data, training=training), environments=3)
    base = ride if method == "experts" else cross_entropy
    return ifl(base(data, training=training), environments=3, start=0.25, again=0.5)


def main(folder: str, last: int, method: str) -> None:
    """Train."""
    torch.set_num_threads(1)
    experiment = made(method, load(Source("digits", imbalance="exponential", ratio=20)))
    fatal = experiment.change(objective=lambda before, now, stage: before.after("score", fatal=Fatal(last)))
    hardware = Hardware("cpu", "32", devices=int(os.environ.get("WORLD_SIZE", "1")))
    run(fatal, folder, seed=4, hardware=hardware, checkpoint_seconds=0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
