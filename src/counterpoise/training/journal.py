"""What a running stage leaves in its folder: metrics, timings and the checkpoint to resume from."""

import time
from pathlib import Path

import pandas as pd

from counterpoise.distributed import rank
from counterpoise.files import write_text
from counterpoise.training.checkpoint import optimizer_tensors, save_tensors, state_of
from counterpoise.training.engine import Engine

LAST = "checkpoints/last.safetensors"


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
        self.timings: list[dict] = []
        self.saved = self.began = time.monotonic()

    def __call__(self, engine: Engine) -> None:
        """Take in the end of an epoch."""
        row = {"stage": engine.stage.name, "epoch": engine.epoch + 1}
        lr = engine.trainer.optimizers[0].param_groups[0]["lr"]
        self.rows.append({**row, "lr": lr, "loss": engine.mean_loss()})
        now = time.monotonic()
        self.timings.append({**row, "seconds": round(now - self.began, 3)})
        self.began = now
        if rank() == 0 and now - self.saved >= self.interval:
            self.save(engine)
            self.saved = now

    def save(self, engine: Engine) -> None:
        """Write metrics, timings and the checkpoint."""
        self.write_metrics()
        tensors, facts = optimizer_tensors(engine.trainer.optimizers[0])
        tensors |= state_of(net=engine.net, objective=engine.objective)
        facts |= {"stage": self.number, "epochs_done": engine.epoch + 1, "rows": self.rows}
        save_tensors(self.folder / LAST, tensors, facts)

    def write_metrics(self) -> None:
        """Write metrics.csv, the same for a resumed run, and timing.csv, which is not."""
        write_text(self.folder / "metrics.csv", pd.DataFrame(self.rows).to_csv(index=False))
        write_text(self.folder / "timing.csv", pd.DataFrame(self.timings).to_csv(index=False))
