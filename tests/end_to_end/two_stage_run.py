"""Runs an experiment of two stages in FOLDER, and ends itself with SIGKILL at a chosen MOMENT.

A moment is ``never``, ``step N`` (after the N-th optimizer step of this process), or ``before``, ``after NAME N``:
just before, or just after, the N-th time that a finished temporary file takes the place of NAME; or ``removed``:
just after the last checkpoint was removed, when all stages have ended.
"""

import os
import runpy
import signal
import sys
from collections import Counter
from pathlib import Path

import torch

from counterpoise.data.sources import Source, load
from counterpoise.net import Net
from counterpoise.steps import Seen, Step
from counterpoise.training import Hardware, Training, run


def die() -> None:
    """End at once, with no chance to tidy up."""
    os.kill(os.getpid(), signal.SIGKILL)


class Fatal(Step):
    """Counts the steps of this process and ends it at one of them."""

    def __init__(self, last: int) -> None:
        super().__init__()
        self.left = last

    def update(self, net: Net, seen: Seen) -> None:
        """Count down."""
        self.left -= 1
        if self.left == 0:
            die()


def die_at_replacement(when: str, name: str, number: int) -> None:
    """Arm the moment around the replacement of a file."""
    replaced, replace = Counter(), Path.replace

    def replace_or_die(self: Path, target: Path) -> Path:
        replaced[Path(target).name] += 1
        now = Path(target).name == name and replaced[name] == number
        if now and when == "before":
            die()
        found = replace(self, target)
        if now:
            die()
        return found

    Path.replace = replace_or_die


def die_after_removal() -> None:
    """Arm the moment after the removal of a stage's checkpoint."""
    unlink = Path.unlink

    def unlink_and_die(self: Path, missing_ok: bool = False) -> None:
        unlink(self, missing_ok=missing_ok)
        if self.name == "last.safetensors":
            die()

    Path.unlink = unlink_and_die


def main(folder: str, moment: list[str]) -> None:
    """Arm the moment and train."""
    torch.set_num_threads(1)
    if moment[0] in ("before", "after"):
        die_at_replacement(moment[0], moment[1], int(moment[2]))
    if moment[0] == "removed":
        die_after_removal()
    fatal = Fatal(int(moment[1]) if moment[0] == "step" else 0)
    data = load(Source("digits", imbalance="exponential", ratio=20))
    two_stages = runpy.run_path(str(Path(__file__).parents[1] / "two_stages.py"))["two_stages"]
    experiment = two_stages(data, Training(epochs=3, batch_size=128))
    for role in ("main", "finetune"):
        experiment = experiment.change(role, objective=lambda o, now, stage: o.after("loss", fatal=fatal))
    hardware = Hardware("cpu", "32", devices=int(os.environ.get("WORLD_SIZE", "1")))
    run(experiment, folder, seed=4, hardware=hardware, checkpoint_seconds=0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
