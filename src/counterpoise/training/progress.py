"""One progress bar per stage."""

from typing import Any

import lightning as L
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from counterpoise.training.engine import Engine


class StageProgress(L.Callback):
    """Shows the epoch, the loss of the step and the time left.

    Args:
        progress: a rich progress that is already showing; see `bars`.
        title: what stands before the bar.
    """

    def __init__(self, progress: Progress, title: str) -> None:
        self.progress = progress
        self.task = progress.add_task(title, total=None, note="")

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Lightning's hook: now the length is known."""
        engine: Engine = pl_module  # pyright: ignore[reportAssignmentType]
        steps = int(trainer.num_training_batches)
        self.progress.update(
            self.task, total=steps * engine.stage.epochs, completed=steps * engine.first_epoch
        )

    def on_train_batch_end(
        self, trainer: L.Trainer, pl_module: L.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Lightning's hook: one step further."""
        engine: Engine = pl_module  # pyright: ignore[reportAssignmentType]
        note = f"epoch {engine.epoch + 1}/{engine.stage.epochs}"
        self.progress.update(self.task, advance=1, note=note)


def bars(console: Console | None = None, unit: str = "steps") -> Progress:
    """A rich progress with our columns, to be used as a context manager; ``unit`` says what is counted."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TextColumn("{task.fields[note]}"),
        TimeRemainingColumn(),
        console=console,
    )
