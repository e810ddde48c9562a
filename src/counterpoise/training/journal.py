"""What a running stage leaves in its folder: metrics, timings and the checkpoint to resume from."""

import time
from pathlib import Path

import pandas as pd
import torch

from counterpoise.distributed import rank, sum_over_processes
from counterpoise.files import write_text
from counterpoise.training.checkpoint import gathered, optimizer_tensors, save_tensors, state_of
from counterpoise.training.engine import Engine

LAST = "checkpoints/last.safetensors"
TIMING = "timing.csv"


class Journal:
    """Keeps a run folder up to date while a stage trains; the first process writes.

    Epochs are saved at their end. Where epochs are short, only every ``interval`` seconds: a resumed run repeats
    the epochs since then, bit for bit.

    Args:
        folder: the run folder.
        number: number of the stage.
        rows: metrics of the epochs before, one dict each.
        interval: least seconds between two checkpoints.
    """

    def __init__(self, folder: Path, number: int, rows: list[dict], *, interval: float) -> None:
        self.folder, self.number, self.rows, self.interval = folder, number, rows, interval
        self.timings = read_timings(folder / TIMING)
        self.saved = self.began = time.monotonic()

    def __call__(self, engine: Engine) -> None:
        """Take in the end of an epoch."""
        row = {"stage": engine.stage.name, "epoch": engine.epoch + 1}
        lr = engine.trainer.optimizers[0].param_groups[0]["lr"]
        self.rows.append({**row, "lr": lr, "loss": engine.mean_loss()})
        now = time.monotonic()
        self.timings[engine.stage.name, engine.epoch + 1] = round(now - self.began, 3)
        self.began = now
        due = torch.tensor(float(rank() == 0 and now - self.saved >= self.interval), device=engine.device)
        if sum_over_processes(due):
            self.save(engine)
            self.saved = now

    def save(self, engine: Engine) -> None:
        """Write metrics, timings and the checkpoint; all processes must come here, for their shares."""
        tensors, facts = optimizer_tensors(engine.trainer.optimizers[0])
        tensors = gathered(tensors | state_of(net=engine.net, objective=engine.objective))
        facts |= {"stage": self.number, "epochs_done": engine.epoch + 1, "rows": self.rows}
        if rank() == 0:
            self.write_metrics()
            save_tensors(self.folder / LAST, tensors, facts)

    def write_metrics(self) -> None:
        """Write metrics.csv, the same for a resumed run, and timing.csv, which is not."""
        write_text(self.folder / "metrics.csv", pd.DataFrame(self.rows).to_csv(index=False))
        timings = [(*epoch, seconds) for epoch, seconds in self.timings.items()]
        table = pd.DataFrame(timings, columns=["stage", "epoch", "seconds"])
        write_text(self.folder / TIMING, table.to_csv(index=False))


def read_timings(path: Path) -> dict[tuple[str, int], float]:
    """Seconds by stage and epoch, from earlier stages and from before a stop; empty where there are none."""
    if not path.exists():
        return {}
    return {(row.stage, row.epoch): row.seconds for row in pd.read_csv(path).itertuples()}  # pyright: ignore
