"""Running an experiment: stage after stage, into a folder, resumable at any moment."""

import logging
import signal
import warnings
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import lightning as L
import torch
from lightning.pytorch.utilities import rank_zero_only
from rich.progress import Progress

from counterpoise.data.streams import generator_of
from counterpoise.metrics.shots import Convention
from counterpoise.net import Net
from counterpoise.steps.step import Objective
from counterpoise.training.checkpoint import load_tensors, optimizer_state, restore, save_tensors, state_of
from counterpoise.training.conclusion import calibrated, conclude, found_before
from counterpoise.training.encode import encode
from counterpoise.training.engine import Engine, Epochs
from counterpoise.training.folder import open_folder
from counterpoise.training.hardware import Hardware, check_processes
from counterpoise.training.journal import LAST, Journal
from counterpoise.training.progress import StageProgress
from counterpoise.training.sharding import Sharding
from counterpoise.training.stage import Experiment, Now, Stage, entered


def run(
    experiment: Experiment,
    folder: str | Path,
    *,
    seed: int = 0,
    hardware: Hardware = Hardware(),
    source: Mapping[str, Any] | None = None,
    convention: Convention = "auto",
    checkpoint_seconds: float = 30.0,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Train, calibrate, evaluate, and leave everything in a folder.

    Stopped at any moment and called again with the same arguments, it goes on from the last checkpoint and ends
    with the same bits. A finished folder is neither trained nor measured again.

    Args:
        experiment: what to run.
        folder: the run folder, made if missing.
        seed: of the net's start, the order of the data and all other randomness.
        hardware: device and precision, and how several devices share the work.
        source: how the data were made, for run.json.
        convention: shot groups of the evaluation.
        checkpoint_seconds: least seconds between two checkpoints within a stage; 0 saves every epoch.
        progress: a rich progress to show bars on.

    Returns:
        The evaluation on the test split (without one: validation, then training), as in evaluation.json.

    Raises:
        InputError: the folder belongs to another run or cannot be written, the seed is negative, torchrun started
            another number of processes than the hardware asks for, or the net has nothing to share out.
    """
    folder = Path(folder)
    quiet()
    check_processes(hardware, experiment.training.batch_size)
    generator_of((seed,))
    open_folder(folder, experiment, seed, hardware, dict(source or {}))
    known = found_before(folder, experiment.data, convention)
    if known is not None:
        return known
    now = train(experiment, folder, seed, hardware, checkpoint_seconds, progress)
    predictor = calibrated(experiment, now, folder, hardware)
    return conclude(experiment, predictor, folder, hardware, convention)


def quiet() -> None:
    """Silence Lightning's advertisements and advice, which our users cannot act on."""
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    logging.getLogger("lightning.fabric").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="lightning")
    warnings.filterwarnings("ignore", message=".*does not have many workers.*")
    warnings.filterwarnings("ignore", message="Grad strides do not match bucket view strides")
    warnings.filterwarnings("ignore", message="FSDP2-wrapped module .* returned a view tensor")


def train(
    experiment: Experiment,
    folder: Path,
    seed: int,
    hardware: Hardware,
    checkpoint_seconds: float,
    progress: Progress | None,
) -> Now:
    """Run or load every stage; what is true at the end."""
    torch.manual_seed(seed)
    now = Now(experiment.data, experiment.net(), partial(encode, device=hardware.accelerator))
    rows: list[dict] = []
    for number, stage in enumerate(experiment.stages):
        torch.manual_seed(generator_of((seed, number)).initial_seed())
        end = folder / "checkpoints" / f"{number}-{stage.name}.safetensors"
        now = entered(stage, now, finished=end.exists())
        objective = stage.objective(now)
        if end.exists():
            tensors, facts = load_tensors(end)
            restore(tensors, net=now.net, objective=objective)
            rows = facts["rows"]
        else:
            journal = Journal(folder, number, rows, interval=checkpoint_seconds)
            fit(stage, now, objective, journal, seed, hardware, progress)
            rows = journal.rows
            if rank_zero_only.rank == 0:
                journal.write_metrics()
                save_tensors(end, state_of(net=now.net, objective=objective), {"rows": rows})
        now = now.after(objective)
    if rank_zero_only.rank == 0:
        (folder / LAST).unlink(missing_ok=True)
    return now


def fit(
    stage: Stage,
    now: Now,
    objective: Objective,
    journal: Journal,
    seed: int,
    hardware: Hardware,
    progress: Progress | None,
) -> None:
    """Train one stage with Lightning, from its last checkpoint if there is one."""
    first_epoch, state = resumed(stage, now.net, objective, journal)
    if first_epoch == stage.epochs:
        return
    now.net.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    engine = Engine(now.net, objective, stage, ended=journal, first_epoch=first_epoch, optimizer_state=state)
    epochs = Epochs(stage.streams(now, objective), engine, (seed, journal.number))
    trainer = L.Trainer(
        accelerator=hardware.accelerator,
        devices=hardware.devices,
        num_nodes=hardware.nodes,
        strategy="ddp" if hardware.processes > 1 else "auto",
        precision=hardware.lightning_precision,
        max_epochs=stage.epochs - first_epoch,
        callbacks=[*shown(progress, journal, stage), *sharing(hardware, now.net)],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        use_distributed_sampler=False,
    )
    fit_until_stopped(trainer, engine, epochs)


def fit_until_stopped(trainer: L.Trainer, engine: Engine, epochs: Epochs) -> None:
    """Fit; Ctrl-C raises KeyboardInterrupt, where Lightning would exit and stay deaf to it."""
    handler = signal.getsignal(signal.SIGINT)
    try:
        trainer.fit(engine, train_dataloaders=epochs)
    except SystemExit as end:
        signal.signal(signal.SIGINT, handler)
        raise KeyboardInterrupt from end


def shown(progress: Progress | None, journal: Journal, stage: Stage) -> list[L.Callback]:
    """A bar for this stage, on the first process."""
    if progress is None or rank_zero_only.rank != 0:
        return []
    return [StageProgress(progress, f"{journal.folder.name}: {stage.name}")]


def sharing(hardware: Hardware, net: Net) -> list[L.Callback]:
    """What shares out the net among the processes, where that was asked for."""
    return [Sharding(net)] if hardware.strategy == "fsdp" else []


def resumed(
    stage: Stage, net: Net, objective: Objective, journal: Journal
) -> tuple[int, dict[str, Any] | None]:
    """Load the checkpoint of this stage, if there is one; epochs done and the optimizer's state."""
    if not (journal.folder / LAST).exists():
        return 0, None
    tensors, facts = load_tensors(journal.folder / LAST)
    if facts["stage"] != journal.number:
        return 0, None
    restore(tensors, net=net, objective=objective)
    journal.rows = facts["rows"]
    return facts["epochs_done"], optimizer_state(tensors, facts)
