"""Trains with environments that are rebuilt on the way in FOLDER.

Ends itself with SIGKILL after some STEPS, 0 for never.
"""

import os
import signal
import sys

import torch

from counterpoise.data.sources import Source, load
from counterpoise.net import Net
from counterpoise.recipes import cross_entropy, ifl
from counterpoise.steps import Seen, Step
from counterpoise.training import Hardware, Training, run


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


def main(folder: str, last: int) -> None:
    """Train."""
    torch.set_num_threads(1)
    data = load(Source("digits", imbalance="exponential", ratio=20))
    plain = cross_entropy(data, training=Training(epochs=4, batch_size=378))
    invariant = ifl(plain, environments=3, start=0.25, again=0.5)
    fatal = invariant.change(objective=lambda before, now, stage: before.after("loss", fatal=Fatal(last)))
    hardware = Hardware("cpu", "32", devices=int(os.environ.get("WORLD_SIZE", "1")))
    run(fatal, folder, seed=4, hardware=hardware, checkpoint_seconds=0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
